# Webhooks: the misbehaving receiver, and what it wrote down, looked at with openssl and jq.
# shellcheck shell=bash

# receiver_start: sets RECEIVER (its folder) and RECEIVER_URL.
receiver_start() {
	scratch_make
	RECEIVER=$SCRATCH/run/receiver
	mkdir -p "$RECEIVER"
	: >"$RECEIVER/log"
	[ "$(id -u)" != 0 ] || chown -R "$TEST_USER" "$RECEIVER"
	# A port that stays its own while it is away.
	process_start receiver "$LIBEXEC/receiver-double" "$RECEIVER" "$(ports_free 1)"
	wait_for '[ -s "$RECEIVER/address" ]'
	RECEIVER_URL=http://$(<"$RECEIVER/address")
	export RECEIVER RECEIVER_URL
}

# receiver_does NAME WHAT: from the next request of /NAME on.
receiver_does() {
	echo "$2" >"$RECEIVER/$1.new"
	mv "$RECEIVER/$1.new" "$RECEIVER/$1"
}

# The numbers of the requests of /NAME.
received() {
	awk -v path="/$1" '$2 == path { print $1 }' "$RECEIVER/log"
}

received_count() {
	received "$1" | wc -l
}

received_ids() { # NAME: the webhook-ids, each once
	awk -v path="/$1" '$2 == path { print $3 }' "$RECEIVER/log" | sort -u
}

received_at_once() { # NAME: the most that were under way together
	awk -v path="/$1" '$2 == path && $4 > n { n = $4 } END { print n + 0 }' "$RECEIVER/log"
}

received_header() { # NUMBER NAME
	tr -d '\r' <"$RECEIVER/$1.head" | sed -n "s/^$2: //Ip"
}

# signature SECRET NUMBER: what webhook-signature has to hold, computed by openssl.
signature() {
	local key
	key=$(base64 -d <<<"${1#whsec_}" | od -An -v -tx1 | tr -d ' \n')
	printf %s "v1,$({ printf '%s.%s.' "$(received_header "$2" webhook-id)" \
		"$(received_header "$2" webhook-timestamp)"; cat "$RECEIVER/$2.body"; } |
		openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 -w0)"
}

# assert_signed NUMBER SECRET…: exactly by these, in this order.
assert_signed() {
	local number=$1 secret wanted=
	shift
	for secret; do
		wanted+="${wanted:+ }$(signature "$secret" "$number")"
	done
	assert_equal "$(received_header "$number" webhook-signature)" "$wanted"
}
