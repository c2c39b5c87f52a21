// curves.h - what a training writes down of itself: a CSV file with a row a step, for a spreadsheet or a script, and
// curves of losses and recalls as an SVG, for any browser.
//
//     history h = {0};
//     fputs(CSV_HEADER, csv);
//     record r = record_empty();                     // then r.v[STEP] = ..., for those columns that there are
//     if (history_add(&h, &r)) ...                   // no memory
//     csv_row(csv, &r);
//     svg_write(svg, &h, epochs, steps, validated);  // how long the axis is; steps an epoch; with the recalls or not
//     free(h.rows);
//
// Include it after common.h.
#ifndef CURVES_H
#define CURVES_H

#include <math.h>

// The columns of a row. What is not known, as the validation's before the end of an epoch, is NAN.
enum {
    EPOCH,
    STEP,
    LOSS,
    RATE, // of the image tower, the text tower, the heads
    NORM = RATE + 3,
    SCALE,
    VALIDATION,
    RECALL, // text to image at 1, 5, 10, image to text at 1, 5, 10
    MEAN = RECALL + 6,
    SECONDS,
    COLUMNS
};
static const char CSV_HEADER[] = "epoch,step,loss,rate_image,rate_text,rate_heads,gradient_norm,logit_scale,val_loss,"
                                 "text_to_image_r1,text_to_image_r5,text_to_image_r10,image_to_text_r1,"
                                 "image_to_text_r5,image_to_text_r10,mean_recall,seconds\n";

typedef struct record {
    double v[COLUMNS];
} record;

typedef struct history {
    record *rows;
    size_t n, room;
} history;

static inline int is_number(double v) { return v == v; } // isnan of mingw-w64 is not free of warnings

static inline record record_empty(void) {
    record r;
    for (size_t c = 0; c < COLUMNS; c++) r.v[c] = (double)NAN;
    return r;
}

static inline int history_add(history *h, const record *r) {
    record *rows = grown(h->rows, h->n, 1, &h->room, sizeof *rows);
    if (!rows) return complain("not enough memory for the log");
    h->rows = rows;
    rows[h->n++] = *r;
    return 0;
}

static inline void csv_row(FILE *out, const record *r) {
    for (size_t c = 0; c < COLUMNS; c++) {
        const double value = c >= RECALL && c <= MEAN ? 100 * r->v[c] : r->v[c];
        if (c) putc(',', out);
        if (is_number(value)) fprintf(out, c == SECONDS ? "%.1f" : "%.9g", value);
    }
    putc('\n', out);
}

// --------------------------------------------------------------------------------------------------------------- svg

typedef struct curve {
    size_t column;
    const char *name, *color, *dash;
    double width;
} curve;

typedef struct chart {
    const char *title;
    const curve *curves;
    size_t n;
    double left, low, high, scale, epochs; // values from low to high, as they are times `scale`
} chart;

enum { CHART_WIDTH = 400, CHART_HEIGHT = 280, CHART_TOP = 56 };

// A checkpoint that somebody made may hold anything. What is not known, NAN, has no place either.
static inline int is_drawn(double v) { return fabs(v) < 1e30; }

// 1, 2 or 5 times a power of ten, so that `span` has at most `most` of it.
static inline double tick_step(double span, double most) {
    double step = pow(10, floor(log10(span / most)));
    if (span / step > most) step *= 2;
    if (span / step > most) step *= 2.5;
    if (span / step > most) step *= 2;
    return step;
}

static inline double chart_x(const chart *c, double epochs) { return c->left + CHART_WIDTH * epochs / c->epochs; }
static inline double chart_y(const chart *c, double value) {
    return CHART_TOP + CHART_HEIGHT * (1 - (value * c->scale - c->low) / (c->high - c->low));
}

static inline void svg_text(FILE *out, double x, double y, const char *anchor, const char *text) {
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

static inline void svg_axes(FILE *out, const chart *c) {
    const double right = c->left + CHART_WIDTH, bottom = CHART_TOP + CHART_HEIGHT;
    const double step = tick_step(c->high - c->low, 6), epoch = fmax(1, tick_step(c->epochs, 10));
    char number[32];
    fprintf(out, "<text x=\"%.1f\" y=\"%d\" class=\"title\">%s</text>\n", c->left, CHART_TOP - 22, c->title);
    const double first = ceil(c->low / step);
    for (int tick = 0; (first + tick) * step <= c->high + step / 1000; tick++) {
        const double v = (first + tick) * step, y = chart_y(c, v / c->scale);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>\n", c->left, y, right);
        snprintf(number, sizeof number, "%g", v);
        svg_text(out, c->left - 8, y + 4, "end", number);
    }
    for (int tick = 0; tick * epoch <= c->epochs + 0.001; tick++) {
        const double e = tick * epoch;
        fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fv5\"/>\n", chart_x(c, e), bottom);
        snprintf(number, sizeof number, "%g", e);
        svg_text(out, chart_x(c, e), bottom + 20, "middle", number);
    }
    fprintf(out, "<path class=\"axis\" d=\"M%.1f %dV%.1fH%.1f\"/>\n", c->left, CHART_TOP, bottom, right);
    svg_text(out, c->left + CHART_WIDTH / 2.0, bottom + 40, "middle", "epoch");
}

// A line through the rows that have the column. Rows that fall on the same pixel are one point, their mean.
static inline void svg_curve(FILE *out, const chart *c, const curve *line, const history *h, double steps) {
    double pixel = -1, x = 0, y = 0;
    size_t points = 0, here = 0;
    fprintf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\"", line->color, line->width);
    if (*line->dash) fprintf(out, " stroke-dasharray=\"%s\"", line->dash);
    fputs(" stroke-linejoin=\"round\" d=\"", out);
    for (size_t i = 0; i <= h->n; i++) {
        const double *v = i < h->n ? h->rows[i].v : NULL;
        if (v && !(is_drawn(v[line->column]) && is_drawn(v[STEP]))) continue;
        const double to = v ? chart_x(c, v[STEP] / steps) : HUGE_VAL;
        if (here && floor(to) > pixel) {
            fprintf(out, "%c%.1f %.1f", points++ ? 'L' : 'M', x / (double)here, chart_y(c, y / (double)here));
            x = y = 0, here = 0;
        }
        if (v) pixel = floor(to), x += to, y += v[line->column], here++;
    }
    fputs("\"/>\n", out);
    for (size_t i = 0; i < h->n && line->column >= VALIDATION && c->epochs <= 30; i++) {
        const double *v = h->rows[i].v;
        if (is_drawn(v[line->column]) && is_drawn(v[STEP]))
            fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", chart_x(c, v[STEP] / steps),
                    chart_y(c, v[line->column]), line->width + 0.6, line->color);
    }
}

static inline void svg_legend(FILE *out, const chart *c) {
    for (size_t i = 0; i < c->n; i++) {
        const double x = c->left + CHART_WIDTH + 16, y = CHART_TOP + 10 + 22 * (double)i;
        fprintf(out, "<path stroke=\"%s\" stroke-width=\"%.1f\" stroke-dasharray=\"%s\" d=\"M%.1f %.1fh22\"/>\n",
                c->curves[i].color, c->curves[i].width, *c->curves[i].dash ? c->curves[i].dash : "none", x, y - 4);
        svg_text(out, x + 30, y, "start", c->curves[i].name);
    }
}

// The least and the largest value of the chart's curves, with ticks at both ends.
static inline void chart_range(chart *c, const history *h) {
    double low = HUGE_VAL, high = -HUGE_VAL, step, half;
    for (size_t k = 0; k < c->n; k++)
        for (size_t i = 0; i < h->n; i++) {
            const double v = h->rows[i].v[c->curves[k].column] * c->scale;
            if (is_drawn(v)) low = fmin(low, v), high = fmax(high, v);
        }
    if (low > high) low = high = 0; // nothing
    if (high - low <= 1e-9 * fmax(1, fabs(high))) half = 0.5 * fmax(1, fabs(high)), low = high - half, high += half;
    step = tick_step(high - low, 5);
    c->low = floor(low / step) * step;
    c->high = ceil(high / step) * step;
}

static inline void svg_write(FILE *out, const history *h, double epochs, double steps, int validated) {
    static const curve losses[] = {{LOSS, "training", "#7aa6d8", "", 1.4},
                                   {VALIDATION, "validation", "#c2410c", "", 2.2}};
    static const curve recalls[] = {{MEAN, "mean of the six", "#1d1d1f", "", 3},
                                    {RECALL + 2, "text to image R@10", "#0b4f8a", "", 1.6},
                                    {RECALL + 1, "text to image R@5", "#2b83c6", "", 1.6},
                                    {RECALL, "text to image R@1", "#8ec1ea", "", 1.6},
                                    {RECALL + 5, "image to text R@10", "#8a3a0b", "5 4", 1.6},
                                    {RECALL + 4, "image to text R@5", "#d97322", "5 4", 1.6},
                                    {RECALL + 3, "image to text R@1", "#f2b27e", "5 4", 1.6}};
    chart charts[] = {{"Loss", losses, validated ? 2 : 1, 64, 0, 1, 1, epochs},
                      {"Recall of the validation, %", recalls, 7, 660, 0, 100, 100, epochs}};
    const size_t n = validated ? 2 : 1;
    const int width = validated ? 1260 : 600, height = CHART_TOP + CHART_HEIGHT + 64;
    for (size_t k = 0; k < n; k++) chart_range(&charts[k], h);
    charts[1].low = 0, charts[1].high = fmin(100, fmax(charts[1].high, 1));
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n"
            "<style>text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif;fill:#444}"
            ".title{font-size:17px;font-weight:600;fill:#1d1d1f}.grid{stroke:#e4e4e2;fill:none}"
            ".axis{stroke:#8a8a88;fill:none}</style>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
            width, height, width, height, width, height);
    for (const chart *c = charts; c < charts + n; c++) {
        svg_axes(out, c);
        for (size_t i = c->n; i-- > 0;) svg_curve(out, c, &c->curves[i], h, steps); // the first on top
        svg_legend(out, c);
    }
    fputs("</svg>\n", out);
}

#endif // CURVES_H
