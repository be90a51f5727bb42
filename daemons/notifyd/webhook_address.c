/* Where webhooks may go. Every address is 16 bytes here: IPv4 as ::ffff:a.b.c.d. */
#include "daemons/notifyd/webhook_address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

struct network {
	unsigned char address[16];
	int bits;
};

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

/* https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6. */
static const char *const closed_networks[] = {
	"0.0.0.0/8",       /* this network, unspecified */
	"10.0.0.0/8",      /* private */
	"100.64.0.0/10",   /* shared by carriers */
	"127.0.0.0/8",     /* loopback */
	"169.254.0.0/16",  /* link-local, and the metadata services of clouds */
	"172.16.0.0/12",   /* private */
	"192.0.0.0/24",    /* protocol assignments */
	"192.0.2.0/24",    /* documentation */
	"192.88.99.0/24",  /* relays of 6to4 */
	"192.168.0.0/16",  /* private */
	"198.18.0.0/15",   /* benchmarks */
	"198.51.100.0/24", /* documentation */
	"203.0.113.0/24",  /* documentation */
	"224.0.0.0/4",     /* multicast */
	"240.0.0.0/4",     /* reserved, broadcast */
	"2001::/23",       /* protocol assignments, Teredo */
	"2001:db8::/32",   /* documentation */
	"2002::/16",       /* 6to4: an IPv4 address inside */
	"3fff::/20",       /* documentation */
};

/* All that is assigned to the public; loopback, ULA, link-local, multicast, NAT64 are outside of it. */
static const char open_network[] = "2000::/3";

static struct network allowed[WEBHOOK_ALLOW_MAX], closed[array_size(closed_networks)], open6;
static size_t allowed_count;

static bool address_parse(const char *text, unsigned char out[16], int *most_bits)
{
	memcpy(out, mapped, sizeof(mapped));
	*most_bits = 32;
	if (inet_pton(AF_INET, text, out + 12) == 1)
		return true;
	*most_bits = 128;
	return inet_pton(AF_INET6, text, out) == 1;
}

static bool network_parse(const char *text, struct network *out)
{
	const char *slash = strchr(text, '/');
	char *host scoped(scoped_free) = slash ? xstrndup(text, (size_t)(slash - text))
					       : xstrdup(text);
	int64_t bits;
	int most;

	if (!address_parse(host, out->address, &most))
		return false;
	bits = most;
	if (slash && !str_to_int(slash + 1, 0, most, &bits))
		return false;
	out->bits = (int)bits + 128 - most;
	return true;
}

static bool network_has(const struct network *network, const unsigned char address[16])
{
	int whole = network->bits / 8, rest = network->bits % 8;
	unsigned int mask = 0xffU & (0xffU << (8 - rest));

	if (memcmp(network->address, address, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((network->address[whole] ^ address[whole]) & mask) == 0;
}

static bool any_has(const struct network *list, size_t count, const unsigned char address[16])
{
	for (size_t i = 0; i < count; i++) {
		if (network_has(&list[i], address))
			return true;
	}
	return false;
}

bool webhook_address_open(const char *const *networks, char **error)
{
	network_parse(open_network, &open6);
	for (size_t i = 0; i < array_size(closed); i++)
		network_parse(closed_networks[i], &closed[i]);
	allowed_count = 0;
	for (; networks && *networks; networks++) {
		if (allowed_count == WEBHOOK_ALLOW_MAX) {
			*error = xasprintf("webhook_allow: more than %d networks",
					   WEBHOOK_ALLOW_MAX);
			return false;
		}
		if (!network_parse(*networks, &allowed[allowed_count++])) {
			*error = xasprintf(
				"webhook_allow: \"%s\" is no network such as 10.1.0.0/16 or "
				"fd00::/8",
				*networks);
			return false;
		}
	}
	return true;
}

bool webhook_address_has_allowed(void)
{
	return allowed_count > 0;
}

static bool is_allowed(const unsigned char address[16], bool tls)
{
	bool is_v4 = memcmp(address, mapped, sizeof(mapped)) == 0;

	if (any_has(allowed, allowed_count, address))
		return true;
	if (!tls || any_has(closed, array_size(closed), address))
		return false;
	return is_v4 || network_has(&open6, address);
}

bool webhook_address_is_allowed(const struct sockaddr *address, bool tls)
{
	unsigned char bytes[16];

	memcpy(bytes, mapped, sizeof(mapped));
	if (address->sa_family == AF_INET)
		memcpy(bytes + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
		       4);
	else if (address->sa_family == AF_INET6)
		memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	else
		return false;
	return is_allowed(bytes, tls);
}

bool webhook_address_text_is_allowed(const char *text, bool tls, bool *is_address)
{
	unsigned char bytes[16];
	int bits;

	*is_address = address_parse(text, bytes, &bits);
	return *is_address && is_allowed(bytes, tls);
}
