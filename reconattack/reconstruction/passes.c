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

/* The passes of a proof (reconattack.attacks.proof). Each sum takes its terms one after the other. */

static const double HALF = 0.5, HIGHEST = 255.0;

typedef struct {
    double slope, at;
} Line;

/* pixels._above */
static Line line_above(double lowest, double highest, double error)
{
    double most = HALF + error;
    double reach = highest < HIGHEST - most ? highest : HIGHEST - most;
    Line line = {1.0, most};
    if (lowest <= -most) {
        line.slope = (reach + most) / (reach - lowest);
        line.at = -line.slope * lowest;
    }
    double middle = (lowest + highest) / 2;
    if (line.slope * middle + line.at > HIGHEST)
        line = (Line){0.0, HIGHEST};
    return line;
}

/* pixels.lines */
static void lines_around(double lowest, double highest, double error, Line *below, Line *above)
{
    Line mirrored = line_above(HIGHEST - highest, HIGHEST - lowest, error);
    *below = (Line){mirrored.slope, HIGHEST * (1 - mirrored.slope) - mirrored.at};
    *above = line_above(lowest, highest, error);
}

/* Picture._added: the kind of each pixel over a cell (black, white, unclipped, clipped), and what each
   kind adds to the inputs of a network. `cell` is the ends of beta and of the gain, and the error. */
void add_pixels(const double *constant, const double *slope, const int32_t *pixels, int64_t count,
                const double *cell, const double *thresholds, int64_t pairs, const int64_t *starts,
                const int32_t *inputs, const double *weights, uint8_t *kind, double *affine,
                double *white, double *radius, double *lower, double *upper)
{
    double error = cell[4];
    for (int64_t i = 0; i < count; i++) {
        int32_t pixel = pixels[i];
        double first = slope[pixel] * cell[0], second = slope[pixel] * cell[1];
        double low = constant[pixel] + (first < second ? first : second) + cell[2];
        double high = constant[pixel] + (first > second ? first : second) + cell[3];
        double lowest = INFINITY, highest = -INFINITY;
        for (int64_t pair = 0; pair < pairs; pair++) {
            double threshold = thresholds[2 * pair];
            double scale = HIGHEST / (thresholds[2 * pair + 1] - threshold);
            double least = (low - threshold) * scale, most = (high - threshold) * scale;
            lowest = least < lowest ? least : lowest;
            highest = most > highest ? most : highest;
        }
        int64_t entry = starts[pixel], stop = starts[pixel + 1];
        if (highest < HALF - error) {
            kind[i] = 0;
        } else if (lowest > HIGHEST - HALF + error) {
            kind[i] = 1;
            for (; entry < stop; entry++)
                white[inputs[entry]] += weights[entry];
        } else if (lowest >= error - HALF && highest <= HIGHEST + HALF - error) {
            kind[i] = 2;
            for (; entry < stop; entry++) {
                double *form = affine + 4 * (int64_t)inputs[entry], weight = weights[entry];
                form[0] += weight * constant[pixel];
                form[1] += weight * slope[pixel];
                form[2] += weight * -1.0;
                radius[inputs[entry]] += fabs(weight);
            }
        } else {
            Line below, above;
            kind[i] = 3;
            lines_around(lowest, highest, error, &below, &above);
            for (; entry < stop; entry++) {
                double weight = weights[entry];
                Line under = weight > 0 ? below : above, over = weight > 0 ? above : below;
                double *down = lower + 4 * (int64_t)inputs[entry];
                double *up = upper + 4 * (int64_t)inputs[entry];
                down[0] += weight * (constant[pixel] * under.slope);
                down[1] += weight * (slope[pixel] * under.slope);
                down[2] += weight * (-1.0 * under.slope);
                down[3] += weight * under.at;
                up[0] += weight * (constant[pixel] * over.slope);
                up[1] += weight * (slope[pixel] * over.slope);
                up[2] += weight * (-1.0 * over.slope);
                up[3] += weight * over.at;
            }
        }
    }
}

/* Picture.influence: what a weighted sum of the inputs owes to each of some pixels. */
void weigh_pixels(const double *row, const int32_t *pixels, int64_t count, const int64_t *starts,
                  const int32_t *inputs, const double *weights, double *influence)
{
    for (int64_t i = 0; i < count; i++) {
        double sum = 0;
        for (int64_t entry = starts[pixels[i]]; entry < starts[pixels[i] + 1]; entry++)
            sum += row[inputs[entry]] * weights[entry];
        influence[i] = sum;
    }
}

/* rounding._extent: lowest and highest level, lowest and highest slope. */
void extent(const double *constant, const double *slope, const int32_t *pixels, int64_t count,
            double middle, double *ends)
{
    ends[0] = ends[2] = INFINITY;
    ends[1] = ends[3] = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        double tilt = slope[pixels[i]], level = constant[pixels[i]] + tilt * middle;
        ends[0] = level < ends[0] ? level : ends[0];
        ends[1] = level > ends[1] ? level : ends[1];
        ends[2] = tilt < ends[2] ? tilt : ends[2];
        ends[3] = tilt > ends[3] ? tilt : ends[3];
    }
}

/* rounding._grouped: how far the level of each pixel lies from the middle of its group, and its weight,
   in the order of the groups; where each group begins; the largest distances of level and slope from
   the middle and their weighted sums. `places` is the beta at which levels are taken, then the first
   level, the width of a bin and its inverse, and the same of the slopes. `table` holds a zero for every
   bin, `bins` is room for one number a pixel. */
void group_pixels(const double *constant, const double *slope, const int32_t *pixels,
                  const double *weights, int64_t count, const double *places, int64_t columns,
                  int32_t *table, int64_t size, int32_t *bins, double *away, double *sorted,
                  int64_t *begins, int64_t *groups, double *found)
{
    found[0] = found[1] = found[2] = found[3] = 0;
    for (int64_t i = 0; i < count; i++) {
        double tilt = slope[pixels[i]], level = constant[pixels[i]] + tilt * places[0];
        int64_t row = (int64_t)((level - places[1]) * places[3]);
        int64_t column = (int64_t)((tilt - places[4]) * places[6]);
        double from_level = level - (places[1] + ((double)row + 0.5) * places[2]);
        double from_slope = tilt - (places[4] + ((double)column + 0.5) * places[5]);
        found[0] = fabs(from_level) > found[0] ? fabs(from_level) : found[0];
        found[1] = fabs(from_slope) > found[1] ? fabs(from_slope) : found[1];
        found[2] += weights[i] * from_level;
        found[3] += weights[i] * from_slope;
        bins[i] = (int32_t)(row * columns + column);
        table[bins[i]]++;
    }
    int64_t begin = 0, group = 0;
    for (int64_t bin = 0; bin < size; bin++) {
        int32_t in_bin = table[bin];
        if (!in_bin)
            continue;
        table[bin] = (int32_t)begin;
        begins[group++] = begin;
        begin += in_bin;
    }
    begins[group] = begin;
    *groups = group;
    for (int64_t i = 0; i < count; i++) {
        double level = constant[pixels[i]] + slope[pixels[i]] * places[0];
        int64_t row = bins[i] / columns, place = table[bins[i]]++;
        away[place] = level - (places[1] + ((double)row + 0.5) * places[2]);
        sorted[place] = weights[i];
    }
}

#define STEPS 64 /* rounding.BINS */

/* rounding._least_steps: the least sum of the roundings of each group. Between two steps the sum only
   rises or only falls, so one end of each run of bins without a step is enough. */
void least_steps(const double *away, const double *weights, const int64_t *begins, int64_t groups,
                 double centre, double open, double *least)
{
    double up[STEPS] = {0}, early[STEPS] = {0};
    for (int64_t group = 0; group < groups; group++) {
        double start = 0, drift = 0, before = 0, lowest = INFINITY;
        uint64_t taken = 0;
        for (int64_t place = begins[group]; place < begins[group + 1]; place++) {
            double weight = weights[place];
            double sign = weight > 0 ? 1.0 : weight < 0 ? -1.0 : 0.0;
            double shift = away[place] * centre - sign * open, at = shift - 0.5;
            double whole = (double)(int64_t)at;
            whole = whole < at ? whole + 1 : whole;
            int64_t step = (int64_t)((whole - at) * STEPS);
            step = step < STEPS - 1 ? step : STEPS - 1;
            start += weight * (whole - shift);
            drift += weight;
            up[step] += weight;
            early[step] += weight < 0 ? weight : 0;
            taken |= (uint64_t)1 << step;
        }
        double falling = drift > 0 ? drift : 0, rising = drift < 0 ? drift : 0;
        for (int64_t step = 0; step < STEPS;) {
            int is_taken = (taken >> step) & 1;
            int64_t next = step + 1;
            if (!is_taken) {
                uint64_t rest = taken >> step;
                next = rest ? step + __builtin_ctzll(rest) : STEPS;
            }
            int64_t place = is_taken || drift <= 0 ? step : next - 1;
            double edge = (double)place / STEPS;
            double sum = start + before + early[place] - falling * (edge + 1.0 / STEPS) - rising * edge;
            lowest = sum < lowest ? sum : lowest;
            before += up[place];
            up[place] = early[place] = 0;
            step = next;
        }
        least[group] = lowest;
    }
}
