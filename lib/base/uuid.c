/* UUID version 7 (RFC 9562): ordered by time, 74 random bits. */
#include "lib/base/uuid.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/clock.h"

void uuid_make(char out[UUID_SIZE])
{
	/* One getrandom for many ids: the call costs more than the formatting. */
	static _Thread_local unsigned char pool[64 * 10];
	static _Thread_local size_t left;
	uint64_t ms = (uint64_t)clock_real_ms();
	const unsigned char *r;

	if (left < 10) {
		while (getrandom(pool, sizeof(pool), 0) != (ssize_t)sizeof(pool))
			;
		left = sizeof(pool);
	}
	left -= 10;
	r = pool + left;
	snprintf(out, UUID_SIZE, "%08x-%04x-%04x-%04x-%02x%02x%02x%02x%02x%02x",
		 (unsigned int)(ms >> 16), (unsigned int)(ms & 0xffff),
		 0x7000u | ((r[0] & 0xfu) << 8) | r[1], 0x8000u | ((r[2] & 0x3fu) << 8) | r[3],
		 r[4], r[5], r[6], r[7], r[8], r[9]);
}

bool uuid_is_valid(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; i < sizeof(form); i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)s[i]) : s[i] != form[i])
			return false;
	}
	return true;
}
