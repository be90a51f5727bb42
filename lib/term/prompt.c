/* Questions to the person at the terminal. */
#include "lib/term/prompt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, RUBOUT = 127 };

bool prompt_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

char *prompt_line(const char *question)
{
	struct buf line = BUF_INIT(PROMPT_MAX);
	char c;
	ssize_t got;

	fprintf(stderr, "%s", question);
	fflush(stderr);
	while ((got = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n')
		buf_addc(&line, c);
	if (got == 1 && !line.overflow)
		return buf_steal(&line);
	if (got <= 0)
		fputc('\n', stderr);
	buf_free(&line);
	return NULL;
}

/* Erases the last character, not only its last byte. */
static void rub_out(struct buf *line)
{
	while (line->len && (line->data[line->len - 1] & 0xc0) == 0x80)
		line->len--;
	if (line->len)
		line->len--;
}

/* False when the line was given up. */
static bool read_hidden(struct buf *line)
{
	unsigned char c;

	while (read(STDIN_FILENO, &c, 1) == 1) {
		if (c == '\n' || c == '\r')
			return !line->overflow;
		if (c == CTRL_C || (c == CTRL_D && line->len == 0))
			return false;
		if (c == BACKSPACE || c == RUBOUT)
			rub_out(line);
		else if (c == CTRL_U)
			line->len = 0;
		else
			buf_addc(line, (char)c);
	}
	return false;
}

/*
 * Characters one by one and no signals from keys: the terminal is never left without echo by a
 * Ctrl-C in the middle.
 */
char *prompt_secret(const char *question)
{
	struct buf line = BUF_INIT(PROMPT_MAX);
	struct termios before, quiet;
	bool given;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return NULL;
	/* Room for the longest answer at once: growing would leave copies in freed memory. */
	line.data = xcalloc(1, PROMPT_MAX + 1);
	line.cap = PROMPT_MAX + 1;
	quiet = before;
	quiet.c_lflag &= (tcflag_t) ~(ECHO | ICANON | ISIG);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	/* Only now: who answers as soon as the question is there is not echoed either. */
	fprintf(stderr, "%s", question);
	fflush(stderr);
	given = read_hidden(&line);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	if (given)
		return buf_steal(&line);
	explicit_bzero(line.data, line.cap);
	buf_free(&line);
	return NULL;
}

bool prompt_yes(const char *question)
{
	char *answer scoped(scoped_free) = prompt_line(question);

	return answer && (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
}

int term_columns(int fd)
{
	struct winsize size;
	int64_t columns;
	const char *fixed = getenv("COLUMNS");

	if (fixed && str_to_int(fixed, 1, 10000, &columns))
		return (int)columns;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}
