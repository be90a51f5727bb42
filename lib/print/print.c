/* Pages for a printer, by pango and cairo. */
#include "lib/print/print.h"

#include <pthread.h>
#include <stdlib.h>

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#define FAMILY "DejaVu Sans"
#define LEAST  3.0 /* points: smaller than this nothing is made to fit */

struct print {
	PangoFontMap *
		fonts; /* our own: the one of the thread would grow with every script that is met */
	PangoContext *context;
	cairo_surface_t *surface;
	cairo_t *cairo;
	struct buf out;
	int pages;
	bool draw;
};

static cairo_status_t take(void *closure, const unsigned char *data, unsigned int len)
{
	buf_add(closure, data, len);
	return CAIRO_STATUS_SUCCESS;
}

/* fontconfig keeps what it knows of the fonts until the process ends. */
static void forget_fonts_at_exit(void)
{
	atexit(FcFini);
}

/* No hints and no grid: what is measured is what a printer shows. */
static void set_options(PangoContext *context)
{
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	pango_cairo_context_set_font_options(context, options);
	pango_cairo_context_set_resolution(context, 72);
	pango_context_set_round_glyph_positions(context, FALSE);
	cairo_font_options_destroy(options);
}

struct print *print_new(const struct print_info *info, bool draw)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct print *print = xcalloc(1, sizeof(*print));

	pthread_once(&once, forget_fonts_at_exit);
	print->draw = draw;
	print->pages = 1;
	print->fonts = pango_cairo_font_map_new();
	print->context = pango_font_map_create_context(print->fonts);
	set_options(print->context);
	pango_context_set_language(print->context, pango_language_from_string(info->language));
	print->surface = cairo_pdf_surface_create_for_stream(take, &print->out, PRINT_WIDTH,
							     PRINT_HEIGHT);
	cairo_pdf_surface_set_metadata(print->surface, CAIRO_PDF_METADATA_TITLE, info->title);
	cairo_pdf_surface_set_metadata(print->surface, CAIRO_PDF_METADATA_AUTHOR, info->author);
	cairo_pdf_surface_set_metadata(print->surface, CAIRO_PDF_METADATA_CREATOR, "ecom");
	cairo_pdf_surface_set_metadata(print->surface, CAIRO_PDF_METADATA_CREATE_DATE,
				       info->created);
	print->cairo = cairo_create(print->surface);
	return print;
}

static void set_font(PangoLayout *layout, double size, bool bold)
{
	PangoFontDescription *font = pango_font_description_new();

	pango_font_description_set_family_static(font, FAMILY);
	pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
}

static double width_of(PangoLayout *layout)
{
	int width, height;

	pango_layout_get_size(layout, &width, &height);
	return (double)width / PANGO_SCALE;
}

static double height_of(PangoLayout *layout)
{
	int width, height;

	pango_layout_get_size(layout, &width, &height);
	return (double)height / PANGO_SCALE;
}

static void shrink(PangoLayout *layout, double width, const struct print_style *style)
{
	double natural, size = style->size;

	pango_layout_set_width(layout, -1);
	pango_layout_set_single_paragraph_mode(layout, TRUE);
	natural = width_of(layout);
	if (natural > width) {
		size = size * width / natural * 0.99;
		set_font(layout, size > LEAST ? size : LEAST, style->bold);
	}
	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
}

static PangoLayout *layout_of(struct print *print, double width, const struct print_style *style,
			      const char *text)
{
	PangoLayout *layout = pango_layout_new(print->context);

	pango_layout_set_text(layout, text, -1); /* never markup: others wrote it */
	set_font(layout, style->size, style->bold);
	pango_layout_set_alignment(layout, style->align == PRINT_RIGHT ? PANGO_ALIGN_RIGHT
								       : PANGO_ALIGN_LEFT);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	if (style->fit)
		shrink(layout, width, style);
	return layout;
}

double print_height(struct print *print, double width, const struct print_style *style,
		    const char *text)
{
	PangoLayout *layout = layout_of(print, width, style, text);
	double height = height_of(layout);

	g_object_unref(layout);
	return height;
}

double print_text(struct print *print, double x, double y, double width,
		  const struct print_style *style, const char *text)
{
	PangoLayout *layout = layout_of(print, width, style, text);
	double height = height_of(layout);

	if (print->draw) {
		cairo_set_source_rgb(print->cairo, style->gray, style->gray, style->gray);
		cairo_move_to(print->cairo, x, y);
		pango_cairo_show_layout(print->cairo, layout);
	}
	g_object_unref(layout);
	return height;
}

void print_rule(struct print *print, double x, double y, double width, double thickness,
		double gray)
{
	if (!print->draw)
		return;
	cairo_set_source_rgb(print->cairo, gray, gray, gray);
	cairo_rectangle(print->cairo, x, y - thickness / 2, width, thickness);
	cairo_fill(print->cairo);
}

void print_next_page(struct print *print)
{
	print->pages++;
	if (print->draw)
		cairo_show_page(print->cairo);
}

int print_pages(const struct print *print)
{
	return print->pages;
}

void *print_finish(struct print *print, size_t *len, const char **why)
{
	cairo_status_t status;
	char *bytes = NULL;

	*why = NULL;
	if (print->draw)
		cairo_show_page(print->cairo);
	cairo_destroy(print->cairo);
	cairo_surface_finish(print->surface);
	status = cairo_surface_status(print->surface);
	cairo_surface_destroy(print->surface);
	g_object_unref(print->context);
	g_object_unref(print->fonts);
	*len = print->out.len;
	if (status != CAIRO_STATUS_SUCCESS)
		*why = cairo_status_to_string(status);
	else if (print->draw)
		bytes = buf_steal(&print->out);
	buf_free(&print->out);
	free(print);
	return bytes;
}
