# Events in tests: what is written to testd's outbox, and what JetStream has of it.
# shellcheck shell=bash

# nats_send COMMAND…: lines of the protocol; answers are on fd 7.
nats_open() {
	exec 7<>"/dev/tcp/127.0.0.1/$NATS_PORT"
	printf 'CONNECT {"verbose":false}\r\n' >&7
}

# nats_request SUBJECT [TEXT]: the answer's text, by the protocol itself.
nats_request() {
	local line size
	nats_open
	printf 'SUB _INBOX.test 1\r\nPUB %s _INBOX.test %d\r\n%s\r\n' "$1" "${#2}" "${2:-}" >&7
	while IFS= read -r -t 60 line <&7; do
		[[ $line == MSG* ]] || continue
		size=${line%$'\r'}
		head -c "${size##* }" <&7
		break
	done
	exec 7>&-
}

# nats_publish SUBJECT TEXT: as nobody of ours would, without message id. JetStream's answer.
nats_publish() {
	nats_request "$1" "$2" | jq -e '.seq' >/dev/null
}

stream() { # JQ FILTER
	nats_request "\$JS.API.STREAM.INFO.TEST" | jq -r "$1"
}

stream_message() { # SEQUENCE JQ FILTER
	nats_request "\$JS.API.STREAM.MSG.GET.TEST" "{\"seq\":$1}" | jq -r '.message.data' |
		base64 -d | jq -rc "$2"
}

# things COUNT: events of seven things, in one transaction.
things() {
	pg_sql testd "INSERT INTO outbox (subject, aggregate_id, version, body)
		SELECT 'test.thing.made', 'a' || n % 7, n, json_build_object('n', n)
		FROM generate_series(1, $1) AS n"
}

thing() { # AGGREGATE VERSION DATA
	pg_sql testd "INSERT INTO outbox (subject, aggregate_id, version, body)
		VALUES ('test.thing.made', '$1', $2, '$3')"
}

all_sent() {
	[ "$(pg_sql testd 'SELECT count(*) FROM outbox WHERE sent_at IS NULL')" = 0 ]
}

metric() { # INSTANCE NAME
	curl -s "http://$(daemon_address "$1" direct_address)/metrics" |
		awk -v name="$2" '{ value = $NF; sub(/ [^ ]*$/, "") } $0 == name { print value }'
}

metric_is() {
	[ "$(metric "$1" "$2")" = "$3" ]
}

# job_retry ID
job_retry() {
	FRONTEND=admin TOKEN=$(token_for jobs:write) api POST "/v1/testd/jobs/$1/retry"
}
