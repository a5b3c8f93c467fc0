/* The passes over the pixels of a frame that cost the most. Each has the form of NumPy beside its call,
   whose bits it gives: the same operations on the same float32 numbers in the same order. So products
   and sums are never fused (-ffp-contract=off), and no sum is taken in another order. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GLIBC__)
#define VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define VECTORISED
#endif

#define BLOCK 32 /* pixels that are drawn or resized at once, in registers */
#define WHITE 255

/* A float32 of this size has no fraction: a number that is added to it is rounded to the even one. */
static const float ROUNDING = 12582912.0f; /* 1.5 * 2^23 */

typedef struct {
    float base, step, curve, skew, lower, upper, scale;
} Setting;

static inline void draw_pixels(const float *restrict level, const float *restrict place, int64_t count,
                               Setting at, int curved, uint8_t *restrict grey)
{
    for (int64_t i = 0; i < count; i++) {
        float value = level[i] + at.base + place[i] * at.step;
        if (curved) {
            float share = place[i] - (float)(int32_t)place[i];
            value += (share - share * share) * (at.curve + share * at.skew);
        }
        value = value > at.lower ? value : at.lower;
        value = value < at.upper ? value : at.upper;
        union { float number; uint32_t bits; } rounded = {(value - at.lower) * at.scale + ROUNDING};
        grey[i] = (uint8_t)rounded.bits;
    }
}

/* Amplitudes.levels and window: a picture of `size` pixels, of which the runs [start, stop) are shown.
   A run is drawn in whole blocks. What a block draws behind its run is overwritten by what follows. */
static inline void draw_runs(const float *level, const float *place, int64_t count, const int64_t *runs,
                             int64_t n_runs, Setting at, int curved, uint8_t *image, int64_t size)
{
    int64_t drawn = 0, done = 0;
    for (int64_t run = 0; run < n_runs; run++) {
        int64_t start = runs[2 * run], length = runs[2 * run + 1] - start;
        int64_t blocks = (length + BLOCK - 1) / BLOCK * BLOCK;
        if (start + blocks > size || done + blocks > count)
            blocks = length / BLOCK * BLOCK;
        memset(image + drawn, 0, start - drawn);
        for (int64_t i = 0; i < blocks; i += BLOCK)
            draw_pixels(level + done + i, place + done + i, BLOCK, at, curved, image + start + i);
        if (blocks < length)
            draw_pixels(level + done + blocks, place + done + blocks, length - blocks, at, curved,
                        image + start + blocks);
        done += length;
        drawn = start + length;
    }
    memset(image + drawn, 0, size - drawn);
}

VECTORISED void draw(const float *level, const float *place, int64_t count, const int64_t *runs,
                     int64_t n_runs, float base, float step, float curve, float skew, float lower,
                     float upper, float scale, uint8_t *image, int64_t size)
{
    Setting at = {base, step, curve, skew, lower, upper, scale};
    if (curve == 0 && skew == 0)
        draw_runs(level, place, count, runs, n_runs, at, 0, image, size);
    else
        draw_runs(level, place, count, runs, n_runs, at, 1, image, size);
}

/* Pixels.amplitudes and their sum: the amplitude of each pixel, and how far down its sample lies. */
VECTORISED void interpolate(const float *amplitude, int64_t lines, const int32_t *above,
                            const int32_t *row, const float *down, const float *across, int64_t count,
                            float step, float smallest, float *total, float *place)
{
    for (int64_t i = 0; i < count; i++) {
        const float *here = amplitude + above[i], *under = here + lines;
        float upper = (here[1] - here[0]) * across[i] + here[0];
        float lower = (under[1] - under[0]) * across[i] + under[0];
        upper *= 1 - down[i];
        lower *= down[i];
        lower *= step;
        upper = upper > smallest ? upper : smallest;
        float sum = lower + upper;
        total[i] = sum;
        place[i] = (float)row[i] + lower / sum;
    }
}

typedef uint8_t Bytes __attribute__((vector_size(BLOCK)));
typedef uint16_t Pairs __attribute__((vector_size(BLOCK)));

typedef struct {
    Pairs apart;
    Bytes white, black;
    int64_t blocks;
} Counts;

/* Adds up to 128 blocks, whose differences fit into 16 bits, to the sums, and begins again. */
static inline void settle(Counts *counts, int64_t *sums)
{
    for (int64_t i = 0; i < BLOCK / 2; i++)
        sums[0] += counts->apart[i];
    for (int64_t i = 0; i < BLOCK; i++) {
        sums[1] += counts->white[i];
        sums[2] += counts->black[i];
    }
    *counts = (Counts){0};
}

static inline void compare_block(const uint8_t *original, const uint8_t *image, Counts *counts)
{
    Bytes before, after;
    memcpy(&before, original, BLOCK);
    memcpy(&after, image, BLOCK);
    Bytes darker = (Bytes)(before > after);
    Bytes difference = ((before - after) & darker) | ((after - before) & ~darker);
    counts->apart += ((Pairs)difference & 255) + ((Pairs)difference >> 8);
    counts->white -= (Bytes)(after == WHITE);
    counts->black -= (Bytes)(after == 0);
    counts->blocks++;
}

/* grey_changes: sums over the runs, of `count` images of `size` pixels, of the absolute difference from
   another, of white pixels and of black ones. */
VECTORISED void compare(const uint8_t *original, const uint8_t *images, int64_t count, int64_t size,
                        const int64_t *runs, int64_t n_runs, int64_t *sums)
{
    memset(sums, 0, count * 3 * sizeof *sums);
    for (int64_t n = 0; n < count; n++, images += size, sums += 3) {
        Counts counts = {0};
        for (int64_t run = 0; run < n_runs; run++) {
            int64_t at = runs[2 * run], stop = runs[2 * run + 1];
            while (stop - at >= BLOCK) {
                int64_t last = at + (128 - counts.blocks) * BLOCK;
                last = last < stop ? last : stop;
                for (; at + BLOCK <= last; at += BLOCK)
                    compare_block(original + at, images + at, &counts);
                if (counts.blocks == 128)
                    settle(&counts, sums);
            }
            uint8_t before[BLOCK], after[BLOCK]; /* the rest, among equal grey pixels */
            memset(before, 1, BLOCK);
            memset(after, 1, BLOCK);
            memcpy(before, original + at, stop - at);
            memcpy(after, images + at, stop - at);
            compare_block(before, after, &counts);
            if (counts.blocks == 128)
                settle(&counts, sums);
        }
        settle(&counts, sums);
    }
}

typedef float Floats __attribute__((vector_size(32)));

/* Weighted sums of rows of `BLOCK` numbers: sum j goes down a column of `sums`, number i of it i rows
   further. The weights of a sum lie from first[j] to first[j + 1], each with the row that it belongs to. */
static inline void weigh(const float *rows, const int32_t *first, const int32_t *row,
                         const float *weight, int64_t count, int64_t used, float *sums, int64_t column,
                         int64_t next)
{
    for (int64_t j = 0; j < count; j++) {
        Floats sum[BLOCK / 8] = {0};
        float numbers[BLOCK];
        for (int32_t k = first[j]; k < first[j + 1]; k++)
            for (int64_t i = 0; i < BLOCK / 8; i++) {
                Floats some;
                memcpy(&some, rows + row[k] * (int64_t)BLOCK + 8 * i, sizeof some);
                sum[i] += weight[k] * some;
            }
        memcpy(numbers, sum, sizeof numbers);
        for (int64_t i = 0; i < used; i++)
            sums[j * column + i * next] = numbers[i];
    }
}

static inline int64_t fewer(int64_t left)
{
    return left < BLOCK ? left : BLOCK;
}

/* NetworkInput: down @ image @ across of sparse matrices, down by row and across by column, for `count`
   images. `strip` holds `BLOCK` columns of an image. `shrunk` holds `BLOCK` rows of down @ image, column
   by column, and then the next rows. Both are memory that is overwritten. */
VECTORISED void resize(const uint8_t *images, int64_t count, int64_t rows, int64_t columns,
                       const int32_t *down, const int32_t *row, const float *row_weight, int64_t height,
                       const int32_t *across, const int32_t *column, const float *column_weight,
                       int64_t width, float *restrict strip, float *restrict shrunk, float *resized)
{
    for (int64_t n = 0; n < count; n++, images += rows * columns, resized += height * width) {
        for (int64_t x = 0; x < columns; x += BLOCK) {
            int64_t used = fewer(columns - x);
            for (int64_t z = 0; z < rows; z++) {
                const uint8_t *restrict pixels = images + z * columns + x;
                if (used == BLOCK)
                    for (int64_t i = 0; i < BLOCK; i++)
                        strip[z * BLOCK + i] = pixels[i];
                else
                    for (int64_t i = 0; i < used; i++)
                        strip[z * BLOCK + i] = pixels[i];
            }
            for (int64_t y = 0; y < height; y += BLOCK)
                weigh(strip, down + y, row, row_weight, fewer(height - y), used,
                      shrunk + y * columns + x * BLOCK, 1, BLOCK);
        }
        for (int64_t y = 0; y < height; y += BLOCK)
            weigh(shrunk + y * columns, across, column, column_weight, width, fewer(height - y),
                  resized + y * width, 1, width);
    }
}

/* Amplitudes: from logarithms to levels, with a ramp over the depth of each sample. */
VECTORISED void raise_levels(float *restrict level, const int32_t *row, int64_t count,
                             const float *restrict depth, float decibels, float ramp, float reference)
{
    for (int64_t i = 0; i < count; i++)
        level[i] = level[i] * decibels + (depth[row[i]] * ramp + reference);
}

/* _quadratures: turns complex spectra of `count` lines, (line, length), by tables of sine and cosine. */
VECTORISED void turn(double *restrict spectra, int64_t count, int64_t length,
                     const double *restrict sine, const double *restrict cosine)
{
    for (int64_t line = 0; line < count; line++, spectra += 2 * length) {
        spectra[0] = spectra[1] = 0;
        for (int64_t k = 1; 2 * k <= length; k++) {
            double *here = spectra + 2 * k, *there = spectra + 2 * (length - k);
            double real = cosine[k] * there[0] - sine[k] * here[1];
            double imaginary = sine[k] * here[0] - cosine[k] * there[1];
            double other = cosine[length - k] * here[0] - sine[length - k] * there[1];
            there[1] = sine[length - k] * there[0] - cosine[length - k] * here[1];
            there[0] = other;
            here[0] = real;
            here[1] = imaginary;
        }
    }
}

/* envelope: the amplitude of `count` RF lines and their quadratures, both (line, padded), as the columns
   from `first` on of an array (depth, lines). A few samples of every line are taken in turn: together
   they are a few whole rows of the result. */
VECTORISED void modulus(const double *restrict samples, const double *restrict quadratures,
                        int64_t count, int64_t padded, int64_t depth, float *restrict amplitude,
                        int64_t first, int64_t lines)
{
    for (int64_t z = 0; z < depth; z += 8) {
        int64_t some = depth - z < 8 ? depth - z : 8;
        for (int64_t line = 0; line < count; line++) {
            const double *real = samples + line * padded + z, *other = quadratures + line * padded + z;
            float *out = amplitude + z * lines + first + line;
            for (int64_t i = 0; i < some; i++)
                out[i * lines] = (float)sqrt(real[i] * real[i] + other[i] * other[i]);
        }
    }
}
