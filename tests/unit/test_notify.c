/* Templates, and mails made of what they render. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemons/notifyd/mail.h"
#include "daemons/notifyd/mail_encode.h"
#include "daemons/notifyd/mustache.h"
#include "daemons/notifyd/template.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static const char *partial(void *arg, const char *name)
{
	(void)arg;
	if (str_eq(name, "again"))
		return "{{>again}}";
	return str_eq(name, "p") ? "[{{x}}]\n" : NULL;
}

/* The rendered text or the error; the caller frees. */
static char *render(enum mustache_kind kind, const char *template, const char *data)
{
	const char *error;
	json_t *context scoped(scoped_json) = json_parse(data, strlen(data), &error);
	struct buf out = BUF_INIT(1000);
	struct mustache mustache = {
		.kind = kind, .locale = "de-AT", .out = &out, .partial = partial
	};

	assert_non_null(context);
	if (mustache_render(&mustache, template, context))
		return buf_steal(&out);
	buf_free(&out);
	return xstrdup(mustache.error);
}

#define DATA                                                                           \
	"{\"x\": \"a<b>&\\\"'\\u0007\\nc\", \"n\": 3, \"none\": null, \"no\": false, " \
	"\"empty\": [], \"free\": {\"amount\": 0, \"currency\": \"EUR\"}, "            \
	"\"sum\": {\"amount\": -123456, \"currency\": \"EUR\"}, "                      \
	"\"time\": \"2026-11-02T07:05:09.123Z\", \"bad\": \"javascript:alert(1)\", "   \
	"\"url\": \"https://a.example/?a=1&b=2\", "                                    \
	"\"list\": [{\"x\": \"1\"}, {\"y\": 2}], \"words\": [\"u\", \"v\"], "          \
	"\"deep\": {\"er\": {\"est\": \"d\"}}}"

static void templates_render(void **state)
{
	static const struct {
		enum mustache_kind kind;
		const char *template, *expected;
	} cases[] = {
		{ MUSTACHE_TEXT, "plain { text }", "plain { text }" },
		{ MUSTACHE_TEXT, "{{x}}", "a<b>&\"'\nc" },
		{ MUSTACHE_HTML, "{{x}}", "a&lt;b&gt;&amp;&quot;&#39;\nc" },
		{ MUSTACHE_LINE, "{{x}}", "a<b>&\"'  c" },
		{ MUSTACHE_TEXT, "{{ n }}{{none}}{{missing}}{{deep.er.est}}{{deep.x}}", "3d" },
		{ MUSTACHE_TEXT, "{{sum|money}} {{free|money}}", "-1234,56 EUR 0,00 EUR" },
		{ MUSTACHE_TEXT, "{{time|date}}; {{time|datetime}}",
		  "2. November 2026; 2. November 2026, 07:05 UTC" },
		{ MUSTACHE_HTML, "{{url|url}}{{bad|url}}{{n|url}}{{x|money}}{{x|date}}",
		  "https://a.example/?a=1&amp;b=2" },
		{ MUSTACHE_TEXT, "{{#n}}yes{{/n}}{{^n}}no{{/n}}", "yes" },
		{ MUSTACHE_TEXT, "{{#no}}a{{/no}}{{#none}}b{{/none}}{{#free}}c{{/free}}", "" },
		{ MUSTACHE_TEXT, "{{^no}}a{{/no}}{{^empty}}b{{/empty}}{{^free}}c{{/free}}", "abc" },
		{ MUSTACHE_TEXT, "{{#words}}{{.}},{{/words}}", "u,v," },
		{ MUSTACHE_TEXT, "{{#list}}({{y}}{{n}}){{/list}}", "(3)(23)" },
		{ MUSTACHE_TEXT, "{{#deep}}{{#er}}{{est}}{{/er}}{{/deep}}", "d" },
		{ MUSTACHE_TEXT, "a\n{{#words}}\n- {{.}}\n{{/words}}\nb\n", "a\n- u\n- v\nb\n" },
		{ MUSTACHE_TEXT, "a\n  {{! nothing }}\nb", "a\nb" },
		{ MUSTACHE_TEXT, "a {{! nothing }} b", "a  b" },
		{ MUSTACHE_HTML, "<{{>p}}>", "<[a&lt;b&gt;&amp;&quot;&#39;\nc]\n>" },
		{ MUSTACHE_TEXT, "{{", "line 1: a tag without end" },
		{ MUSTACHE_TEXT, "\n\n{{#a}}", "line 3: a section without end: a" },
		{ MUSTACHE_TEXT, "{{#a}}{{/b}}", "line 1: the end of another section: b" },
		{ MUSTACHE_TEXT, "{{/a}}", "line 1: the end of no section: a" },
		{ MUSTACHE_TEXT, "{{a b}}", "line 1: this is no tag" },
		{ MUSTACHE_TEXT, "{{{x}}}", "line 1: this is no tag" },
		{ MUSTACHE_TEXT, "{{&x}}", "line 1: this is no tag" },
		{ MUSTACHE_TEXT, "{{x|html}}", "line 1: an unknown filter: html" },
		{ MUSTACHE_TEXT, "{{>other}}", "line 1: an unknown partial: other" },
		{ MUSTACHE_TEXT, "{{>again}}", "line 1: too many sections within each other" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		char *got scoped(scoped_free) = render(cases[i].kind, cases[i].template, DATA);

		assert_string_equal(got, cases[i].expected);
	}
}

static void rendering_is_limited(void **state)
{
	char *got scoped(scoped_free) = NULL, *slow scoped(scoped_free) = NULL;
	struct buf data = BUF_INIT(0);
	char longer[1100];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	got = render(MUSTACHE_TEXT, longer, "{}");
	assert_string_equal(got, "the rendered text grows too long");
	buf_adds(&data, "{\"l\": [0");
	for (int i = 0; i < 300; i++)
		buf_adds(&data, ",0");
	buf_adds(&data, "]}");
	slow = render(MUSTACHE_TEXT, "{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}", data.data);
	assert_string_equal(slow, "line 1: the rendering takes too many steps");
	buf_free(&data);
}

static void every_template_renders(void **state)
{
	static const char *const locales[] = { "en", "de", "de-CH", "xx", NULL };

	(void)state;
	for (const char *const *name = template_names; *name; name++) {
		for (size_t i = 0; i < array_size(locales); i++) {
			json_t *sample scoped(scoped_json) = template_sample(*name, locales[i]);
			json_t *nothing scoped(scoped_json) = json_object();
			char *error scoped(scoped_free) = NULL;
			struct rendered rendered;

			assert_true(template_render(*name, locales[i], sample, &rendered, &error));
			assert_true(*rendered.subject && !strpbrk(rendered.subject, "\r\n"));
			assert_non_null(strstr(rendered.html, "</html>"));
			assert_null(strstr(rendered.text, "{{"));
			rendered_done(&rendered);
			/* What is missing is no failure. */
			assert_true(template_render(*name, locales[i], nothing, &rendered, &error));
			rendered_done(&rendered);
		}
	}
}

static void unknown_templates_are_refused(void **state)
{
	static const char *const names[] = { "nothing", "", "_top", "../mail" };
	json_t *data scoped(scoped_json) = json_object();

	(void)state;
	for (size_t i = 0; i < array_size(names); i++) {
		char *error scoped(scoped_free) = NULL;
		struct rendered rendered;

		assert_false(template_render(names[i], "en", data, &rendered, &error));
		assert_non_null(error);
	}
}

/* --- mails ------------------------------------------------------------------------------------ */

static char *body_of(const char *text)
{
	struct buf out = BUF_INIT(0);

	mail_encode_body(&out, text);
	return buf_steal(&out);
}

static void bodies_are_quoted_printable(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "a\nb\r\n", "a\r\nb\r\n" },
		{ "end", "end\r\n" },
		{ "a=b \nc\t\n d", "a=3Db=20\r\nc=09\r\n d\r\n" },
		{ "\xc3\xbc", "=C3=BC\r\n" },
		{ "", "" },
		{ "1234567890123456789012345678901234567890123456789012345678901234567890123456",
		  "123456789012345678901234567890123456789012345678901234567890123456789012345=\r\n"
		  "6\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		char *got scoped(scoped_free) = body_of(cases[i].text);

		assert_string_equal(got, cases[i].expected);
	}
}

static void headers_are_encoded(void **state)
{
	struct buf out = BUF_INIT(0);

	(void)state;
	mail_encode_words(&out, "Your order 1001", 9);
	assert_string_equal(out.data, "Your order 1001");
	buf_clear(&out);
	mail_encode_words(&out,
			  "Gr\xc3\xbc\xc3\x9f"
			  "e",
			  9);
	assert_string_equal(out.data, "=?UTF-8?B?R3LDvMOfZQ==?=");
	buf_clear(&out);
	mail_encode_words(&out, "=?UTF-8?B?QQ==?=", 9); /* what looks encoded is shown as it is */
	assert_string_equal(out.data, "=?UTF-8?B?PT9VVEYtOD9CP1FRPT0/PQ==?=");
	buf_clear(&out);
	mail_encode_date(&out, 1795392300);
	assert_string_equal(out.data, "Mon, 23 Nov 2026 00:05:00 +0000");
	buf_free(&out);
}

static const struct mail good = {
	.id = "01a20515-3c33-78cf-bd50-71204c55409a",
	.domain = "shop.example",
	.from = "shop@shop.example",
	.from_name = "M\xc3\xbcller \"& Co\"",
	.to = "ann@customer.example",
	.subject = "A long subject that goes on and on with \xc3\xa4\xc3\xb6\xc3\xbc, and on and "
		   "on and "
		   "on and on, until it has to be on several lines",
	.text = "text\n",
	.html = "<p>html</p>\n",
	.date_s = 1795392300,
};

static void mails_are_the_same_each_time(void **state)
{
	const char *why;
	size_t len, again_len, line = 0;
	char *mail scoped(scoped_free) = mail_build(&good, &len, &why);
	char *again scoped(scoped_free) = mail_build(&good, &again_len, &why);

	(void)state;
	assert_non_null(mail);
	assert_int_equal(len, again_len);
	assert_string_equal(mail, again);
	for (size_t i = 0; i < len; i++) {
		assert_true(mail[i] != '\n' || (i > 0 && mail[i - 1] == '\r'));
		assert_true((unsigned char)mail[i] < 0x80);
		line = mail[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 78);
	}
	assert_non_null(strstr(mail, "\r\nMessage-ID: <01a20515-3c33-78cf-bd50-71204c55409a@"
				     "shop.example>\r\n"));
	assert_non_null(strstr(mail, "\r\nAuto-Submitted: auto-generated\r\n"));
	assert_null(strstr(mail, "List-Unsubscribe"));
}

static void injections_are_refused(void **state)
{
	static const char *const addresses[] = {
		"",
		"ann",
		"@x.example",
		"ann@",
		"a@b@c.example",
		"ann@x.example\r\nBcc: b@x.example",
		"ann@x.example\n",
		"ann@x .example",
		"<ann@x.example>",
		"ann@x.example,b@x.example",
		"\"a b\"@x.example",
		"\xc3\xa4@x.example",
		"ann@-x.example",
		"ann@x..example",
	};
	const char *why;
	size_t len;

	(void)state;
	for (size_t i = 0; i < array_size(addresses); i++) {
		struct mail mail = good;

		assert_false(mail_address_is_valid(addresses[i]));
		mail.to = addresses[i];
		assert_null(mail_build(&mail, &len, &why));
		mail = good;
		mail.reply_to = addresses[i];
		assert_null(mail_build(&mail, &len, &why));
	}
	for (int i = 0; i < 3; i++) {
		struct mail mail = good;

		*(i == 0   ? &mail.subject
		  : i == 1 ? &mail.from_name
			   : &mail.domain) = "a\r\nBcc: b@x.example";
		assert_null(mail_build(&mail, &len, &why));
		assert_string_equal(why, "a header would have a control character");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_render),
		cmocka_unit_test(rendering_is_limited),
		cmocka_unit_test(every_template_renders),
		cmocka_unit_test(unknown_templates_are_refused),
		cmocka_unit_test(bodies_are_quoted_printable),
		cmocka_unit_test(headers_are_encoded),
		cmocka_unit_test(mails_are_the_same_each_time),
		cmocka_unit_test(injections_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
