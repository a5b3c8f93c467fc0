/* Makes libmatio.mat: lengths of one axis, as libmatio writes them and MATLAB does not.
   cc make_libmatio_file.c -lmatio -o make && ./make libmatio.mat */
#include <matio.h>

int main(int count, char **names) {
    mat_t *file = Mat_CreateVer(names[count - 1], "MATLAB 5.0 MAT-file by libmatio", MAT_FT_MAT5);
    short rf[480];
    for (int i = 0; i < 480; i++) rf[i] = i + 1;
    size_t two[2] = {80, 6}, one[1] = {1}, seven[1] = {7};
    double fs = 40e6, row[7] = {0, 1, 2, 3, 4, 5, 6};
    const char *fields[2] = {"x", "y"};

    matvar_t *header = Mat_VarCreateStruct("header", 1, one, fields, 2);
    Mat_VarSetStructFieldByName(header, "x", 0,
                                Mat_VarCreate("x", MAT_C_INT16, MAT_T_INT16, 2, two, rf, 0));
    Mat_VarSetStructFieldByName(header, "y", 0,
                                Mat_VarCreate("y", MAT_C_DOUBLE, MAT_T_DOUBLE, 1, one, &fs, 0));
    matvar_t *cells[1] = {Mat_VarCreate(NULL, MAT_C_DOUBLE, MAT_T_DOUBLE, 1, one, &fs, 0)};
    matvar_t *variables[6] = {
        Mat_VarCreate("rf", MAT_C_INT16, MAT_T_INT16, 2, two, rf, 0),
        Mat_VarCreate("fs", MAT_C_DOUBLE, MAT_T_DOUBLE, 1, one, &fs, 0),
        Mat_VarCreate("row", MAT_C_DOUBLE, MAT_T_DOUBLE, 1, seven, row, 0),
        Mat_VarCreate("name", MAT_C_CHAR, MAT_T_UTF8, 1, seven, "abcdefg", 0),
        header,
        Mat_VarCreate("cells", MAT_C_CELL, MAT_T_CELL, 1, one, cells, 0),
    };
    for (int i = 0; i < 6; i++) Mat_VarWrite(file, variables[i], MAT_COMPRESSION_NONE);
    return Mat_Close(file);
}
