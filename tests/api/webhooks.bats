#!/usr/bin/env bats
# Webhooks: subscriptions, signatures, tries, receivers that misbehave, addresses that are not for us.
bats_require_minimum_version 1.5.0
load ../lib
load ../lib/webhooks
load events

setup_file() {
	pg_start notifyd
	nats_start
	receiver_start
	# As orderd does it when it starts.
	nats_request "\$JS.API.STREAM.CREATE.ORDERS" '{"name":"ORDERS","subjects":["orders.>"]}' >/dev/null
	notifyd_start notifyd-1 ECOM_WEBHOOK_ALLOW=127.0.0.1
}

notifyd_start() { # INSTANCE KEY=VALUE…
	daemon_start notifyd --instance "$1" ECOM_WEBHOOK_TIMEOUT=6s ECOM_WEBHOOK_OVERLAP=1h \
		ECOM_WEBHOOK_RETRIES='100ms 200ms 200ms 200ms 200ms 300ms 500ms 1s 1s 1s 2s 2s 2s 2s 4s 4s 4s 8s 8s 8s' "${@:2}"
	wait_for '[ "$(pg_sql notifyd "SELECT timeout_ms FROM webhook_setting")" = 6000 ]'
	# It stores its settings again every minute; from now on they are the tests'.
	pg_sql notifyd 'REVOKE UPDATE ON webhook_setting FROM notifyd'
}

setup() {
	INSTANCE=$(cat "$SCRATCH/instance" 2>/dev/null || echo notifyd-1)
	TOKEN=$(token_for 'webhooks:read webhooks:write events:read')
	FRONTEND=admin
	name=w$BATS_TEST_NUMBER
	disable_after 3d
}

teardown() {
	pg_sql notifyd "SELECT count(webhook_delete(id)) FROM webhook" >/dev/null
}

retries_again() {
	pg_sql notifyd "UPDATE webhook_setting SET retries_ms =
		'{100,200,200,200,200,300,500,1000,1000,1000,2000,2000,2000,2000,4000,4000,4000,8000,8000,8000}'"
}

disable_after() {
	pg_sql notifyd "UPDATE webhook_setting SET disable_ms = extract(epoch FROM '$1'::interval) * 1000"
}

event() { # ID SUBJECT [VERSION] [DATA]: as the relay publishes it
	jq -n -c --arg id "$1" --arg subject "$2" --argjson version "${3:-1}" --argjson data "${4:-null}" \
		--arg time "$(date -u +%FT%T.%3NZ)" \
		'{id: $id, subject: $subject, aggregate: "a1", version: $version, time: $time, data: $data}'
}

# happens SUBJECT [COUNT]: events as consumers get them; their ids begin with the test's name.
happens() {
	pg_sql notifyd "SELECT webhook_take(jsonb_agg(jsonb_build_object('id', 'T-$name-' || n || '-' || md5(random()::text),
		'subject', '$1', 'aggregate', 'a' || n, 'version', 1, 'time', now(), 'data', jsonb_build_object('n', n))
		ORDER BY n)) FROM generate_series(1, ${2:-1}) AS n"
}

# webhook EVENTS [URL]: sets id and secret.
webhook() {
	api POST /v1/webhooks -d "$(jq -n -c --arg url "${2:-$RECEIVER_URL/$name}" --arg events "$1" \
		'{url: $url, events: ($events / " ")}')"
	assert_status 201
	id=$(json .id) secret=$(json .secret)
}

deliveries() { # JQ FILTER [QUERY]
	api GET "/v1/webhooks/$id/deliveries?limit=200${2:+&$2}"
	assert_status 200
	jq -r "$1" <<<"$http_body"
}

statuses_are() { # "COUNT STATUS" …
	[ "$(deliveries '.data | group_by(.status) | map("\(length) \(.[0].status)") | join(" ")')" = "$*" ]
}

is_delivered() { # COUNT
	[ "$(deliveries '[.data[] | select(.status == "delivered")] | length')" = "$1" ]
}

@test "a webhook shows its secret once, and the scopes are needed" {
	webhook 'orders.order.confirmed orders.shipment.>'
	[[ $secret =~ ^whsec_[A-Za-z0-9+/]{43}=$ ]]
	assert_header cache-control no-store
	assert_json '.status == "active" and .version == 1 and (.secrets | length == 1)'
	for path in "/v1/webhooks/$id" /v1/webhooks; do
		api GET "$path"
		assert_status 200
		[[ $http_body != *"${secret#whsec_}"* && $http_body == *"$id"* ]]
	done
	TOKEN=$(token_for webhooks:read) api POST /v1/webhooks -d '{"events":[">"]}'
	assert_problem 403 insufficient_scope
	TOKEN=$(token_for orders:read) api GET /v1/webhooks
	assert_problem 403 insufficient_scope
	FRONTEND=shop api GET /v1/webhooks
	assert_problem 404 not_found
}

@test "a repeated key makes no second webhook, and shows no secret" {
	local body='{"events":["orders.>"]}' key
	key=$(uuidgen)
	api POST /v1/webhooks -d "$body" -H "Idempotency-Key: $key"
	assert_status 201
	assert_json '.url == null and (.secret | startswith("whsec_"))'
	api POST /v1/webhooks -d "$body" -H "Idempotency-Key: $key"
	assert_status 201
	assert_header idempotent-replayed true
	assert_json '.secret == null'
	api GET /v1/webhooks
	assert_json '.data | length == 1'
}

@test "bad webhooks are refused with the field" {
	local url
	for url in ftp://example.com/ https://ann:secret@example.com/ https://ann@example.com/ https://10.0.0.1/ \
		https://192.168.1.1/ 'https://[::1]/' 'https://[fd00::1]/' 'https://[::ffff:10.0.0.1]/' \
		https://169.254.169.254/latest/ https://0/ https://2130706434/ https://0x7f.2/ https://127.2/ \
		https://100.64.0.1/ 'https://[64:ff9b::a00:1]/' 'https://[2002:a00:1::]/' 'https://[fe80::1]/' \
		'https://[fe80::1%25lo]/' http://10.0.0.1/ http://93.184.216.34/ 'https://' 'https://a b/' \
		'https://example.com/#x' example.com '' $'https://example.com/\u0001' https://224.0.0.1/; do
		api POST /v1/webhooks -d "$(jq -n -c --arg url "$url" '{url: $url, events: [">"]}')"
		assert_invalid /url || flunk "$url"
	done
	for events in '[]' '["orders>"]' '["orders..x"]' '["Orders.x"]' '["orders.>.x"]' '[1]' '"orders.>"'; do
		api POST /v1/webhooks -d "{\"events\":$events}"
		assert_problem 422 validation
	done
	webhook '>' https://example.com:8443/hook?token=x
	api PATCH "/v1/webhooks/$id" -H 'If-Match: "1"' -d '{"url":"https://10.0.0.1/"}'
	assert_invalid /url
}

@test "at most 64 webhooks" {
	pg_sql notifyd "SELECT count(webhook_create(gen_random_uuid(), NULL, '[\"x.y\"]', '', 'whsec_', 'me'))
		FROM generate_series(1, 64)"
	api POST /v1/webhooks -d '{"events":["orders.>"]}'
	assert_problem 409 webhook_too_many
}

@test "an event of the bus arrives, signed as openssl signs it" {
	local number said
	webhook 'orders.order.confirmed'
	said=$(event ORDERS-17 orders.order.confirmed 4 '{"number":"100001"}')
	nats_publish orders.order.confirmed "$said"
	nats_publish orders.order.placed "$(event ORDERS-18 orders.order.placed)"
	wait_for '[ "$(received_count $name)" = 1 ]'
	number=$(received "$name")
	assert_equal "$(received_header "$number" webhook-id)" "ORDERS-17_${id//-/}"
	assert_equal "$(received_header "$number" content-type)" application/json
	[ "$(received_header "$number" webhook-timestamp)" -gt 1700000000 ]
	assert_signed "$number" "$secret"
	assert_equal "$(jq -c . "$RECEIVER/$number.body")" \
		'{"type":"orders.order.confirmed","timestamp":"'"$(jq -r .time <<<"$said")"'","id":"ORDERS-17","aggregate":"a1","version":4,"data":{"number":"100001"}}'
	wait_for 'is_delivered 1'
	api GET "/v1/webhook-deliveries/$(deliveries '.data[0].id')"
	assert_json '.status == "delivered" and .event == "ORDERS-17" and .attempts == 1
		and (.log | length == 1 and .[0].status == 200 and .[0].outcome == "delivered")
		and .content.data.number == "100001"'
	# What nobody wants is not kept.
	assert_equal "$(pg_sql notifyd "SELECT count(*) FROM webhook_event WHERE id = 'ORDERS-18'")" 0
}

@test "what docs/webhooks.md tells receivers verifies, and nothing else does" {
	local number
	sed -n '/^verify() {/,/^}/p' "$SRCDIR/docs/webhooks.md" >"$BATS_TEST_TMPDIR/verify"
	# shellcheck source=/dev/null
	source "$BATS_TEST_TMPDIR/verify"
	webhook 'orders.>'
	happens orders.order.placed
	wait_for '[ "$(received_count $name)" = 1 ]'
	number=$(received "$name")
	given=("$(received_header "$number" webhook-id)" "$(received_header "$number" webhook-timestamp)"
		"$(received_header "$number" webhook-signature)")
	WEBHOOK_SECRET=$secret verify "${given[@]}" <"$RECEIVER/$number.body"
	WEBHOOK_SECRET=$secret verify "${given[@]:0:2}" "v1,AAAA ${given[2]}" <"$RECEIVER/$number.body"
	run ! env WEBHOOK_SECRET="$secret" bash -c '. "$1"; verify "$2" "$3" "$4"' - "$BATS_TEST_TMPDIR/verify" \
		"${given[@]}" <<<'{}'
	run ! env WEBHOOK_SECRET="$secret" bash -c '. "$1"; verify "$2" "$3" "$4"' - "$BATS_TEST_TMPDIR/verify" \
		"${given[0]}x" "${given[@]:1}" <"$RECEIVER/$number.body"
	run ! env WEBHOOK_SECRET="$secret" bash -c '. "$1"; verify "$2" "$3" "$4"' - "$BATS_TEST_TMPDIR/verify" \
		"${given[0]}" 1 "${given[2]}" <"$RECEIVER/$number.body"
}

@test "patterns: words, stars and the rest" {
	local row
	for row in 'orders.order.confirmed|orders.order.confirmed|t' 'orders.order.confirmed|orders.order.confirm|f' \
		'orders.>|orders.order.placed|t' 'orders.>|orders|f' 'orders.>|ordersx.y|f' '>|a.b|t' \
		'orders.*.confirmed|orders.order.confirmed|t' 'orders.*|orders.order.x|f' '*.order.>|orders.order.x.y|t' \
		'*.order.>|orders.order|f' 'a.b_c|axb_c|f' '*.b|axb|f'; do
		IFS='|' read -r pattern subject wanted <<<"$row"
		assert_equal "$pattern $subject $(pg_sql notifyd "SELECT webhook_matches(ARRAY['$pattern'], '$subject')")" \
			"$pattern $subject $wanted"
	done
}

@test "a receiver that fails and comes back: the same id and body, a signature of its own each time" {
	local ids
	webhook 'orders.>'
	receiver_does "$name" '500 not <today> \u001b[31m'
	happens orders.order.placed
	wait_for '[ "$(received_count $name)" -ge 3 ]'
	receiver_does "$name" 204
	wait_for 'is_delivered 1'
	assert_equal "$(received_ids "$name" | wc -l)" 1
	for number in $(received "$name"); do
		cmp "$RECEIVER/$number.body" "$RECEIVER/$(received "$name" | head -n 1).body"
		assert_signed "$number" "$secret"
	done
	api GET "/v1/webhook-deliveries/$(deliveries '.data[0].id')"
	assert_json '.log[0] | .status == 500 and .outcome == "retry" and (.answer | startswith("not <today>"))'
	assert_json '.log[-1] | .status == 204 and .outcome == "delivered"'
	api GET "/v1/webhooks/$id"
	assert_json '.failures == 0 and .failing_since == null'
}

@test "answers that are none: dropped, cut, endless, late, a redirect" {
	local how
	webhook 'orders.>'
	for how in drop cut 'slow 600000' endless "redirect $RECEIVER_URL/elsewhere" 199; do
		receiver_does "$name" "$how"
		happens orders.order.placed
		number=$(($(received_count "$name")))
		wait_for '[ "$(received_count $name)" -gt '"$number"' ]'
		wait_for '[ "$(deliveries ".data[0] | .last_error // \"\"")" != "" ]'
		receiver_does "$name" 200
		wait_for '[ "$(deliveries ".data[0].status")" = delivered ]'
	done
	assert_equal "$(received_count elsewhere)" 0
	api GET "/v1/webhook-deliveries?webhook=$id&limit=1"
	statuses_are '6 delivered'
}

@test "what the receiver says is escaped and cut" {
	webhook 'orders.>'
	receiver_does "$name" "500 $(printf 'a\033[31m\302\233x%0900d%0900d' 7 8)"
	happens orders.order.placed
	wait_for '[ "$(received_count $name)" -ge 1 ] && [ "$(deliveries ".data[0].last_status")" = 500 ]'
	api GET "/v1/webhook-deliveries/$(deliveries '.data[0].id')"
	assert_json '.log[0].answer | startswith("a\\x1b[31m\\u009bx0") and length < 1100'
}

@test "after the last try it has failed, and a person delivers it again" {
	pg_sql notifyd "UPDATE webhook_setting SET retries_ms = '{100,200,200,200,200}'"
	webhook 'orders.>'
	receiver_does "$name" 503
	happens orders.order.placed
	wait_for 'statuses_are 1 failed'
	retries_again
	assert_equal "$(deliveries '.data[0] | "\(.reason) \(.attempts)"')" 'gave_up 6'
	api GET "/v1/webhook-deliveries?status=failed&webhook=$id&event=orders.order.*"
	assert_json '.data | length == 1'
	delivery=$(json '.data[0].id')
	receiver_does "$name" 200
	api POST "/v1/webhook-deliveries/$delivery/redeliver"
	assert_status 202
	wait_for 'is_delivered 1'
	api POST "/v1/webhook-deliveries/$delivery/redeliver"
	wait_for '[ "$(received_count $name)" = 8 ]'
	assert_equal "$(received_ids "$name" | wc -l)" 1
	api POST /v1/webhook-deliveries/00000000-0000-7000-8000-000000000000/redeliver
	assert_problem 404 not_found
}

@test "a slow receiver gets a few at a time and delays no other; a failing one gets one at a time" {
	local slow other first
	receiver_does "slow-$name" 'slow 3000'
	webhook 'carts.>' "$RECEIVER_URL/slow-$name"
	slow=$id
	webhook 'orders.>'
	other=$id
	happens carts.cart.abandoned 40
	wait_for '[ "$(received_count slow-$name)" -ge 4 ]'
	happens orders.order.placed 60
	wait_for 'is_delivered 60'
	id=$slow
	[ "$(deliveries '[.data[] | select(.status == "delivered")] | length')" -lt 40 ]
	receiver_does "slow-$name" 200
	wait_for 'is_delivered 40'
	[ "$(received_at_once "slow-$name")" -le 4 ]
	[ "$(received_at_once "slow-$name")" -ge 2 ]

	id=$other
	receiver_does "$name" 'slow 300 500'
	happens orders.order.placed 30
	wait_for '[ "$(pg_sql notifyd "SELECT failures FROM webhook WHERE id = '"'$id'"'")" -ge 4 ]'
	first=$(wc -l <"$RECEIVER/log")
	wait_for '[ "$(wc -l <"$RECEIVER/log")" -ge '$((first + 6))' ]'
	receiver_does "$name" 200
	wait_for 'is_delivered 90'
	# Those that had begun before it was known to fail were there; after them it is one by one.
	tail -n "+$((first + 4))" "$RECEIVER/log" | head -n 3 >"$BATS_TEST_TMPDIR/probes"
	assert_equal "$(awk '{ print $2, $4 }' "$BATS_TEST_TMPDIR/probes" | sort -u)" "/$name 1"
	assert_equal "$(received_ids "$name" | wc -l)" 90
}

@test "410 disables at once: an event, a notice for staff, and nothing more is sent" {
	local begun
	begun=$(date -u +%FT%T.%3NZ)
	webhook 'orders.>'
	receiver_does "$name" 410
	happens orders.order.placed
	wait_for 'statuses_are 1 failed'
	api GET "/v1/webhooks/$id"
	assert_json '.status == "disabled" and .reason == "gone"'
	assert_equal "$(pg_sql notifyd "SELECT subject, body->>'reason' FROM outbox WHERE aggregate_id = '$id'")" \
		'notifications.webhook.disabled|gone'
	assert_equal "$(pg_sql notifyd "SELECT key, category, template FROM notification WHERE refs->>'webhook' = '$id'")" \
		"webhook_disabled:$id:2|staff|webhook_disabled"
	happens orders.order.placed
	api POST "/v1/webhooks/$id/tests"
	assert_problem 409 webhook_not_active
	receiver_does "$name" 200
	api PATCH "/v1/webhooks/$id" -H 'If-Match: "1"' -d '{"status":"active"}'
	assert_problem 412 precondition_failed
	api PATCH "/v1/webhooks/$id" -H 'If-Match: "2"' -d '{"status":"active"}'
	assert_status 200
	assert_json '.status == "active" and .reason == null'
	# What happened meanwhile was kept.
	api POST "/v1/webhooks/$id/replays" -d "{\"since\":\"$begun\"}"
	assert_json '.replayed == 2 and .next == null'
	wait_for 'is_delivered 2'
}

@test "a receiver that fails for long is disabled; what is queued waits until it is active again" {
	disable_after 600ms
	webhook 'orders.>'
	receiver_does "$name" drop
	happens orders.order.placed 5
	wait_for 'api GET "/v1/webhooks/$id"; [ "$(json .reason)" = failing ]'
	disable_after 3d
	assert_equal "$(pg_sql notifyd "SELECT count(*) FROM notification WHERE key LIKE 'webhook_disabled:$id:%'")" 1
	receiver_does "$name" 200
	api PATCH "/v1/webhooks/$id" -H 'If-Match: "2"' -d '{"status":"active"}'
	wait_for 'is_delivered 5'
}

@test "rotation: both secrets sign until the old one ends, or the new one alone" {
	local first=
	webhook 'orders.>'
	first=$secret
	api POST "/v1/webhooks/$id/rotate" -H "Idempotency-Key: $id"
	assert_status 200
	assert_header cache-control no-store
	secret=$(json .secret)
	[ "$secret" != "$first" ]
	assert_json '.secrets | length == 2'
	happens orders.order.placed
	wait_for '[ "$(received_count $name)" = 1 ]'
	assert_signed "$(received "$name")" "$secret" "$first"
	pg_sql notifyd "UPDATE webhook_secret SET ends_at = now() WHERE webhook_id = '$id' AND ends_at IS NOT NULL"
	happens orders.order.placed
	wait_for '[ "$(received_count $name)" = 2 ]'
	assert_signed "$(received "$name" | tail -n 1)" "$secret"
	api GET "/v1/webhooks/$id"
	assert_json '.secrets | length == 1'

	api POST "/v1/webhooks/$id/rotate?now=true" -H "Idempotency-Key: $id"
	assert_problem 422 idempotency_key_reused # another query is another request
	api POST "/v1/webhooks/$id/rotate?now=true"
	assert_status 200
	secret=$(json .secret)
	assert_json '.secrets | length == 1'
	happens orders.order.placed
	wait_for '[ "$(received_count $name)" = 3 ]'
	assert_signed "$(received "$name" | tail -n 1)" "$secret"
	api POST /v1/webhooks/00000000-0000-7000-8000-000000000000/rotate
	assert_problem 404 not_found
}

@test "a test event goes to this webhook alone, and who waits hears how it went" {
	webhook 'orders.>'
	api POST "/v1/webhooks/$id/tests" -H 'Prefer: wait=30'
	[ "$http_status" = 200 ] || [ "$http_status" = 202 ]
	assert_json '.type == "webhooks.test" and .status == "delivered"'
	assert_equal "$(jq -r .type "$RECEIVER/$(received "$name").body")" webhooks.test
	receiver_does "$name" 500
	api POST "/v1/webhooks/$id/tests" -H 'Prefer: wait=30'
	assert_json '.status == "queued" and .last_status == 500'
}

@test "an event from before a webhook was made goes to it neither now nor when it comes again" {
	local old
	webhook 'orders.order.confirmed'
	old=$(event ORDERS-OLD orders.order.confirmed | jq -c '.time = "2026-01-01T00:00:00.000Z"')
	nats_publish orders.order.confirmed "$old"
	nats_publish orders.order.confirmed "$(event ORDERS-NEW orders.order.confirmed)"
	wait_for '[ "$(received_count $name)" = 1 ]'
	assert_equal "$(received_ids "$name")" "ORDERS-NEW_${id//-/}"
	assert_equal "$(pg_sql notifyd "SELECT count(*) FROM inbox WHERE event_id = 'ORDERS-OLD'")" 0
}

@test "a replay sends a time range again, with the ids of the first time" {
	local begun
	begun=$(date -u +%FT%T.%3NZ)
	webhook 'orders.>'
	happens orders.order.placed 3
	happens orders.order.confirmed 2
	happens carts.cart.abandoned 2
	wait_for 'is_delivered 5'
	api POST "/v1/webhooks/$id/replays" -d "{\"since\":\"$begun\",\"types\":[\"orders.order.confirmed\"]}"
	assert_status 200
	assert_json '.replayed == 2'
	wait_for '[ "$(received_count $name)" = 7 ]'
	api POST "/v1/webhooks/$id/replays" -d '{"since":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z"}'
	assert_json '.replayed == 0'
	assert_equal "$(received_ids "$name" | wc -l)" 5
	# A new webhook gets what was kept for the other one.
	webhook 'orders.order.confirmed' "$RECEIVER_URL/new-$name"
	api POST "/v1/webhooks/$id/replays" -d "{\"since\":\"$begun\"}"
	assert_json '.replayed == 2'
	wait_for 'is_delivered 2'
}

@test "the feed passes nothing over, and needs no receiver" {
	api POST /v1/webhooks -d '{"events":["payments.>"]}'
	id=$(json .id)
	api GET "/v1/webhook-feed?webhook=$id"
	assert_json '.data == [] and .gap == false'
	next=$(json .next)
	happens payments.payment.captured 3
	happens orders.order.placed
	# What other transactions of this moment hold back comes with the next look.
	wait_for 'api GET "/v1/webhook-feed?webhook=$id&after=$next" && [ "$(json ".data | length")" = 3 ]'
	api GET "/v1/webhook-feed?webhook=$id&limit=2&after=$next"
	assert_json '.data | map(.type) == ["payments.payment.captured", "payments.payment.captured"]'
	next=$(json .next)
	api GET "/v1/webhook-feed?webhook=$id&after=$next"
	assert_json '(.data | length == 1) and (.data[0].body | fromjson | .data.n == 3)'
	api GET "/v1/webhook-feed?webhook=$id&after=$(json .next)"
	assert_json '.data == []'
	api GET /v1/webhook-feed?webhook=00000000-0000-7000-8000-000000000000
	assert_problem 404 not_found
	api POST "/v1/webhooks/$id/tests"
	assert_problem 409 webhook_not_active
}

@test "the attempts can be followed" {
	webhook 'orders.>'
	api GET "/v1/webhook-attempts?webhook=$id"
	next=$(json .next)
	receiver_does "$name" 500
	happens orders.order.placed
	wait_for '[ "$(received_count $name)" -ge 1 ]'
	receiver_does "$name" 200
	wait_for 'is_delivered 1'
	wait_for 'api GET "/v1/webhook-attempts?webhook=$id&after=$next" && [ "$(json ".data[-1].outcome")" = delivered ]'
	assert_json '.data | length >= 2 and .[0].outcome == "retry" and .[-1].outcome == "delivered"
		and .[-1].duration_ms >= 0'
}

@test "a deleted webhook takes its secrets along and cancels what is queued" {
	webhook 'orders.>'
	receiver_does "$name" 500
	happens orders.order.placed
	wait_for '[ "$(received_count $name)" -ge 1 ]'
	api DELETE "/v1/webhooks/$id" -H 'If-Match: "7"'
	assert_problem 412 precondition_failed
	api DELETE "/v1/webhooks/$id" -H 'If-Match: "1"'
	assert_status 204
	assert_equal "$(pg_sql notifyd "SELECT count(*) FROM webhook_secret WHERE webhook_id = '$id'")" 0
	wait_for "[ \"\$(pg_sql notifyd \"SELECT status FROM webhook_delivery WHERE webhook_id = '$id'\")\" = cancelled ]"
	api GET "/v1/webhook-deliveries?webhook=$id"
	assert_json '.data[0].status == "cancelled"'
	delivery=$(json '.data[0].id')
	api POST "/v1/webhook-deliveries/$delivery/redeliver"
	assert_problem 409 webhook_deleted
}

@test "old events and deliveries go, and what could not be sent in time has failed" {
	webhook 'orders.>'
	happens orders.order.placed 2
	wait_for 'is_delivered 2'
	api PATCH "/v1/webhooks/$id" -H 'If-Match: "1"' -d '{"status":"disabled"}'
	assert_json '.reason == "operator"'
	pg_sql notifyd "UPDATE webhook_delivery SET created_at = now() - interval '15 days' WHERE webhook_id = '$id'"
	pg_sql notifyd "UPDATE webhook_event SET taken_at = now() - interval '15 days'
		WHERE number IN (SELECT event FROM webhook_delivery WHERE webhook_id = '$id')"
	pg_sql notifyd "UPDATE webhook_delivery SET status = 'queued', due_at = now() + interval '1 day'
		WHERE number = (SELECT max(number) FROM webhook_delivery WHERE webhook_id = '$id')"
	pg_sql notifyd "SELECT webhook_forget(1000, 1209600000)"
	pg_sql notifyd "SELECT webhook_forget(1000, 1209600000)"
	assert_equal "$(pg_sql notifyd "SELECT count(*) FROM webhook_delivery WHERE webhook_id = '$id'")" 0
}

@test "killed after the receiver's answer: sent again, with the same id" {
	webhook 'orders.>'
	daemon_stop notifyd-1 KILL
	notifyd_start notifyd-2 ECOM_WEBHOOK_ALLOW=127.0.0.1 ECOM_FAULT=outbound.webhooks.after:1:kill
	echo notifyd-2 >"$SCRATCH/instance"
	happens orders.order.placed
	wait_for '! process_alive "$(process_pid notifyd-2)"'
	assert_equal "$(received_count "$name")" 1
	notifyd_start notifyd-3 ECOM_WEBHOOK_ALLOW=127.0.0.1
	echo notifyd-3 >"$SCRATCH/instance"
	INSTANCE=notifyd-3
	wait_for 'is_delivered 1'
	assert_equal "$(received_count "$name")" 2
	assert_equal "$(received_ids "$name" | wc -l)" 1
}

@test "a name that leads to an address that is not allowed: nothing is sent" {
	local before url
	daemon_stop "$INSTANCE" KILL
	notifyd_start notifyd-4 ECOM_WEBHOOK_ALLOW=10.255.255.0/24
	echo notifyd-4 >"$SCRATCH/instance"
	INSTANCE=notifyd-4
	before=$(wc -l <"$RECEIVER/log")
	for url in "http://localhost:${RECEIVER_URL##*:}/$name" "https://localhost:${RECEIVER_URL##*:}/$name"; do
		webhook 'orders.>' "$url"
		happens orders.order.placed
		wait_for '[[ "$(deliveries ".data[0].last_error")" == *"not allowed"* ]]'
		assert_equal "$(deliveries '.data[0].last_status')" null
	done
	# What was allowed once is not sent any more when it no longer is.
	pg_sql notifyd "UPDATE webhook SET url = '$RECEIVER_URL/$name' WHERE id = '$id'"
	happens orders.order.placed
	wait_for '[[ "$(deliveries ".data[0].last_error")" == *"not allowed"* ]]'
	assert_equal "$(wc -l <"$RECEIVER/log")" "$before"
}

@test "no secret is in any log" {
	run ! grep -r whsec_ "$SCRATCH/log"
}
