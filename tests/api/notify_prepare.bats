#!/usr/bin/env bats
# notifyd between an event and a mail: what makes a row and how often, the lease of who works on it, who
# wants none, how many a day. Without workers: what the services would say is settled by hand.
bats_require_minimum_version 1.5.0
load ../lib

setup_file() {
	pg_start notifyd
	daemon_start notifyd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
	ANN=00000000-0000-7000-8000-00000000a001
	BOB=00000000-0000-7000-8000-00000000b001
	export ANN BOB
}

sql() {
	pg_sql notifyd "$@"
}

uuid() {
	cat /proc/sys/kernel/random/uuid
}

# take SUBJECT AGGREGATE DATA: as the consumers do; the event has a number of its own
take() {
	sql "SELECT notification_take(jsonb_build_array(jsonb_build_object('id', 'T-$(uuid)',
		'subject', '$1', 'aggregate', '$2', 'version', 1, 'time', now(), 'data', '$3'::jsonb)))" >/dev/null
}

# note CATEGORY OWNER [TEMPLATE]: a row to work on, sets $note, claimed with attempt 1
note() {
	note=$(sql "INSERT INTO notification (key, template, category, owner)
		VALUES ('k-$(uuid)', '${3:-order_confirmation}', '$1', '$2') RETURNING id")
	sql "SELECT FROM notification_claim(1000, 3600000)" >/dev/null
}

# settle [MEMBERS]: $note, with these members besides
settle() {
	local members="${1:-}"
	sql "SELECT notification_freeze(jsonb_build_array('{\"id\":\"$note\",\"attempt\":1,\"outcome\":\"frozen\",
		\"recipient\":\"ann@example.org\",\"locale\":\"en\",\"subject\":\"S\",\"text\":\"T\",\"html\":\"H\",
		\"data\":{}}'::jsonb || '{$members}'::jsonb), '{\"marketing\":2,\"order\":0}')" >/dev/null
}

row() { # COLUMNS of $note
	sql "SELECT $1 FROM notification WHERE id = '$note'"
}

@test "an event makes one row, however often it comes" {
	local order shipment
	order=$(uuid) shipment=$(uuid)
	for _ in 1 2; do
		take orders.order.confirmed "$order" "{\"order\":\"$order\",\"owner\":\"$ANN\"}"
		take orders.shipment.shipped "$order" "{\"order\":\"$order\",\"owner\":\"$ANN\",\"shipment\":\"$shipment\"}"
	done
	assert_equal "$(sql "SELECT key, category, channel, owner, refs->>'shipment', status FROM notification
		WHERE order_id = '$order' ORDER BY key")" \
		"order_confirmation:$order|order|email|$ANN||new
shipment:$shipment|order|email|$ANN|$shipment|new"
}

@test "every kind of event has its template" {
	local id
	id=$(uuid)
	take payments.refund.succeeded "$id" "{\"refund\":\"$id\",\"payment\":\"$id\",\"order\":\"$id\"}"
	take orders.return.requested "$id" "{\"return\":\"$id\",\"order\":\"$id\",\"owner\":\"$ANN\"}"
	take orders.return.approved "$id" "{\"return\":\"$id\",\"order\":\"$id\",\"owner\":\"$ANN\"}"
	take orders.return.received "$id" "{\"return\":\"$id\",\"order\":\"$id\",\"owner\":\"$ANN\"}"
	take orders.return.declined "$id" "{\"return\":\"$id\",\"order\":\"$id\",\"owner\":\"$ANN\"}"
	take carts.cart.abandoned "$id" "{\"cart\":\"$id\",\"owner\":\"$ANN\"}"
	take users.user.verification_requested "$ANN" "{\"id\":\"$ANN\",\"request\":\"$id\",\"version\":1}"
	take users.user.reset_requested "$ANN" "{\"id\":\"$ANN\",\"request\":\"$id\",\"version\":1}"
	assert_equal "$(sql "SELECT template, category, coalesce(owner, '') FROM notification WHERE key LIKE '%:$id' ORDER BY 1")" \
		"abandoned_cart|marketing|$ANN
email_verification|account|$ANN
password_reset|account|$ANN
refund|order|
return_approved|order|$ANN
return_received|order|$ANN
return_requested|order|$ANN"
	# Each time that the threshold is crossed.
	take catalog.stock.low LOW/main '{"sku":"LOW","location":"main","available":2,"threshold":5}'
	take catalog.stock.low LOW/main '{"sku":"LOW","location":"main","available":2,"threshold":5}'
	assert_equal "$(sql "SELECT count(*), min(refs->>'threshold') FROM notification
		WHERE template = 'low_stock' AND refs->>'sku' = 'LOW'")" '2|5'
}

@test "no mail for what nobody waits for: a guest's cart, a rejection that the customer has seen" {
	local id
	id=$(uuid)
	take carts.cart.abandoned "$id" "{\"cart\":\"$id\",\"owner\":\"guest:$id\"}"
	take orders.order.rejected "$id" "{\"order\":\"$id\",\"owner\":\"$ANN\",\"reason\":\"out_of_stock\"}"
	assert_equal "$(sql "SELECT count(*) FROM notification WHERE key LIKE '%:$id'")" 0
	take orders.order.rejected "$id" "{\"order\":\"$id\",\"owner\":\"$ANN\",\"reason\":\"payment_declined\"}"
	assert_equal "$(sql "SELECT template FROM notification WHERE key LIKE '%:$id'")" payment_failed
}

@test "who comes too late settles nothing; a row whose worker died is taken again" {
	note order "$ANN"
	assert_equal "$(sql "SELECT count(*) FROM notification_claim(1000, 3600000) WHERE id = '$note'")" 0
	sql "UPDATE notification SET due_at = now() WHERE id = '$note'"
	assert_equal "$(sql "SELECT attempt FROM notification_claim(1000, 3600000) WHERE id = '$note'")" 2
	settle '"subject":"old"'
	assert_equal "$(row status)" new
	settle '"attempt":2,"subject":"new"'
	assert_equal "$(row 'status, subject, recipient')" 'queued|new|ann@example.org'
	settle '"attempt":2,"subject":"again"'
	assert_equal "$(row subject)" new
}

@test "what a service did not answer is tried again, with the reason in sight" {
	note order "$ANN"
	settle '"outcome":"retry","why":"/v1/order-notices: no answer"'
	# When it was settled is not known, but how much later than the claim's end, an hour away, it is not.
	assert_equal "$(row "status, last_error, due_at < now() + interval '1 minute'")" 'new|/v1/order-notices: no answer|t'
	note order "$ANN"
	settle '"outcome":"suppressed","reason":"unknown"'
	assert_equal "$(row 'status, reason, subject IS NULL')" 'suppressed|unknown|t'
}

@test "who does not want reminders gets none, and the row says so; orders are told" {
	TOKEN=$(token_for '' "$ANN")
	api GET /v1/notification-preferences
	assert_status 200
	assert_json '.owner == $ann and .wanted.email == {order: true, marketing: true} and .updated_at == null' --arg ann "$ANN"
	api PATCH /v1/notification-preferences -d '{"email":{"marketing":false}}'
	assert_status 200
	assert_json '.wanted.email == {order: true, marketing: false} and .wanted.sms.marketing'
	note marketing "$ANN" abandoned_cart
	settle '"recipient":"ann-2@example.org"'
	assert_equal "$(row 'status, reason')" 'suppressed|opt_out'
	note order "$ANN"
	settle '"recipient":"ann-2@example.org"'
	assert_equal "$(row status)" queued
	note marketing "$BOB" abandoned_cart
	settle '"recipient":"bob@example.org"'
	assert_equal "$(row status)" queued
	api PATCH /v1/notification-preferences -d '{"email":{"marketing":true}}'
	assert_json '.wanted.email.marketing'
}

@test "preferences are one's own; staff with the scope see them" {
	api GET /v1/notification-preferences
	assert_status 401
	TOKEN=$(token_for '' "$BOB") api PATCH /v1/notification-preferences -d '{"sms":{"order":false}}'
	TOKEN=$(token_for '' "$ANN") api GET /v1/notification-preferences
	assert_json '.wanted.sms.order'
	TOKEN=$(token_for '' "$ANN") FRONTEND=admin api GET "/v1/notification-preferences?owner=$BOB"
	assert_status 403
	TOKEN=$(token_for notifications:read) FRONTEND=admin api GET "/v1/notification-preferences?owner=$BOB"
	assert_json '.wanted.sms.order == false'
	TOKEN=$(token_for notifications:read) FRONTEND=admin api GET /v1/notification-preferences
	assert_problem 422 validation
	# What opens one's account is always sent.
	TOKEN=$(token_for '' "$ANN") api PATCH /v1/notification-preferences -d '{"email":{"account":false}}'
	assert_invalid /email/account unknown_field
	TOKEN=$(token_for '' "$ANN") api PATCH /v1/notification-preferences -d '{"email":{"order":"no"}}'
	assert_invalid /email/order wrong_type
}

@test "the link in a mail ends reminders without a login, for the address as well" {
	local token hash
	token=$(uuid)
	hash=$(printf %s "$token" | sha256sum | cut -d' ' -f1)
	note marketing "$BOB" abandoned_cart
	settle "\"recipient\":\"carl@example.org\",\"unsubscribe\":\"$hash\""
	assert_equal "$(row status)" queued
	api POST /v1/unsubscriptions -d '{"token":"wrong"}'
	assert_problem 422 unsubscribe_token_unknown
	for _ in 1 2; do
		api POST /v1/unsubscriptions -d "{\"token\":\"$token\"}"
		assert_status 200
		assert_json '. == {channel: "email", category: "marketing", wanted: false}'
	done
	note marketing "$(uuid)" abandoned_cart
	settle '"recipient":"Carl@example.org"'
	assert_equal "$(row reason)" opt_out
	assert_equal "$(sql "SELECT count(*) FROM preference WHERE who LIKE '%@%'")" 0
	assert_equal "$(sql "SELECT count(*) FROM unsubscribe_token WHERE encode(hash, 'escape') LIKE '%$token%'")" 0
	run ! grep -rqF "$token" "$SCRATCH/log"
}

@test "two reminders a day, also when many are settled at once; orders are not counted" {
	local i reasons
	for i in {1..8}; do
		note marketing "$(uuid)" abandoned_cart
		settle '"recipient":"dora@example.org"' &
	done
	wait
	assert_equal "$(sql "SELECT status, reason, count(*) FROM notification WHERE recipient = 'dora@example.org'
		GROUP BY 1, 2 ORDER BY 1")" 'queued||2
suppressed|cap|6'
	for i in 1 2 3; do
		note order "$ANN"
		settle '"recipient":"dora@example.org"'
		assert_equal "$(row status)" queued
	done
}

@test "while no service answers, the worker keeps the row; what comes days late is for customers only" {
	local order
	sql "SELECT notification_take('[{\"id\": \"T-LATE\", \"subject\": \"catalog.stock.low\", \"aggregate\": \"L/main\",
		\"version\": 1, \"time\": \"2020-01-01T00:00:00Z\", \"data\": {\"sku\": \"L\", \"available\": 1}}]')" >/dev/null
	order=$(uuid)
	take orders.order.confirmed "$order" "{\"order\":\"$order\",\"owner\":\"$ANN\"}"
	daemon_start notifyd --instance notifyd-2 ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role work
	wait_for "[ \"\$(sql \"SELECT attempt > 1 FROM notification WHERE order_id = '$order'\")\" = t ]"
	assert_equal "$(sql "SELECT status, last_error IS NOT NULL FROM notification WHERE order_id = '$order'")" 'new|t'
	wait_for "[ \"\$(sql \"SELECT status, reason FROM notification WHERE key = 'low_stock:T-LATE'\")\" = 'suppressed|expired' ]"
	sql "UPDATE notification SET refs = refs || '{\"time\": \"2020-01-01T00:00:00Z\"}', due_at = now() WHERE order_id = '$order'"
	wait_for "[ \"\$(sql \"SELECT attempt > 2 FROM notification WHERE order_id = '$order'\")\" = t ]"
	assert_equal "$(sql "SELECT status FROM notification WHERE order_id = '$order'")" new
	daemon_stop notifyd-2
}
