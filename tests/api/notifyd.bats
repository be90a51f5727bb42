#!/usr/bin/env bats
# Sending: templates to mails, mails to a server that takes, defers, refuses and goes away.
bats_require_minimum_version 1.5.0
load ../lib

setup_file() {
	pg_start notifyd
	nats_start
	smtp_start tls
	echo 'open sesame' >"$SCRATCH/secrets/smtp"
	chmod 0644 "$SCRATCH/secrets/smtp"
	start
}

setup() {
	FRONTEND=admin
	TOKEN=$(token_for 'notifications:read notifications:write')
	export SERVICE=notifyd INSTANCE=notifyd-1
}

start() { # [KEY=VALUE…]
	daemon_start notifyd ECOM_SMTP_URL="smtp://localhost:$SMTP_PORT" ECOM_SMTP_USER=shop \
		ECOM_SMTP_PASSWORD_FILE="$SCRATCH/secrets/smtp" \
		ECOM_SMTP_CA_FILE="$SCRATCH/smtp/ca.pem" ECOM_SMTP_WAIT_MOST=1s \
		ECOM_CLIENT_SECRET_FILE="$SCRATCH/secrets/none" "$@"
}

restart() {
	daemon_stop notifyd-1
	start "$@"
}

# queue RECIPIENT [COLUMN=VALUE…]: a row as it is when its content is frozen; sets ID.
queue() {
	local recipient=$1 columns='' values='' pair
	shift
	for pair; do
		columns+=", ${pair%%=*}" values+=", ${pair#*=}"
	done
	ID=$(pg_sql notifyd "INSERT INTO notification (key, template, category, recipient, locale, data,
		subject, text, html, status$columns)
		VALUES (gen_random_uuid(), 'order_confirmation', ${CATEGORY:-'order'}, '$recipient', 'en',
		'{\"shop\": {\"name\": \"Müller & Söhne\", \"sender\": \"shop@shop.example\",
			\"reply_to\": \"help@shop.example\"}, \"order\": {\"number\": \"1001\"}}',
		'Bestellung – Grüße', E'Line one\n.leading dot\nüber 100 % = viel\n', '<p>Grüße</p>',
		'queued'$values) RETURNING id")
}

# status_of ID [COLUMN]
status_of() {
	pg_sql notifyd "SELECT ${2:-status} FROM notification WHERE id = '$1'"
}

wait_status() { # ID STATUS [SECONDS]
	wait_for "[ \"\$(status_of $1)\" = $2 ]" "${3:-60}" || flunk "it is $(status_of "$1"): $(status_of "$1" last_error)"
}

@test "a mail arrives once, over TLS, with both forms of its content" {
	local file
	queue ann@customer.example
	wait_status "$ID" sent
	smtp_wait 1 ann@customer.example
	assert_equal "$(smtp_mails ann@customer.example | wc -l)" 1
	file=$(smtp_mails ann@customer.example)
	assert_equal "$(mail_header "$file" Subject)" 'Bestellung – Grüße'
	assert_equal "$(mail_header "$file" From)" 'Müller & Söhne <shop@shop.example>'
	assert_equal "$(mail_header "$file" Reply-To)" '<help@shop.example>'
	assert_equal "$(mail_header "$file" To)" '<ann@customer.example>'
	assert_equal "$(mail_header "$file" Message-ID)" "<$ID@localhost>"
	assert_equal "$(mail_header "$file" Auto-Submitted)" auto-generated
	assert_equal "$(mail_text "$file" | tr -d '\r')" $'Line one\n.leading dot\nüber 100 % = viel'
	assert_equal "$(mail_html "$file" | tr -d '\r')" '<p>Grüße</p>'
	grep -q 'with esmtpsa' "$file"
	assert_equal "$(status_of "$ID" message_id)" "<$ID@localhost>"
	api GET "/v1/notifications/$ID"
	assert_status 200
	assert_json '.attempts | length == 1 and .[0].outcome == "sent" and .[0].transport == "smtp"'
	assert_json '.text | startswith("Line one")'
}

@test "what is deferred is tried again, what is refused is dead and told" {
	local busy unknown
	touch "$SCRATCH/smtp/flaky"
	queue flaky-bob@customer.example
	busy=$ID
	queue unknown-bob@customer.example
	unknown=$ID
	wait_status "$unknown" dead
	assert_equal "$(status_of "$unknown" reason)" refused
	wait_for "[ \"\$(status_of $busy tries)\" -ge 1 ]"
	assert_equal "$(status_of "$busy")" queued
	[[ $(status_of "$busy" last_error) == 451*'try again'* ]]
	rm "$SCRATCH/smtp/flaky"
	wait_status "$busy" sent
	api GET "/v1/notifications/$unknown"
	assert_json '.attempts[0] | .outcome == "refused" and .code == 550 and (.error | contains("no such mailbox"))'
	assert_equal "$(pg_sql notifyd "SELECT count(*) FROM outbox WHERE aggregate_id = '$unknown'
		AND subject = 'notifications.notification.dead'")" 1
	pg_sql notifyd "SELECT json_build_object('subject', subject, 'data', body) FROM outbox
		WHERE subject LIKE 'notifications.notification.%'" | events_check
}

@test "what does not get through for long enough is dead, what has expired too" {
	queue busy-carl@customer.example "created_at=now() - interval '23 hours 59 minutes 59.5 seconds'"
	wait_status "$ID" dead
	assert_equal "$(status_of "$ID" reason)" gave_up
	queue carl@customer.example "expires_at=now() - interval '1 s'"
	wait_status "$ID" dead
	assert_equal "$(status_of "$ID" reason)" expired
	assert_equal "$(smtp_mails carl@customer.example | wc -l)" 0
}

@test "addresses that would be commands or headers are refused before anything is sent" {
	local address
	for address in $'eve@x.example\r\nBcc: all@x.example' 'eve@x.example>,<all@x.example' 'eve' \
		'eve@x@y.example' '"eve x"@y.example' $'e\xc3\xa9ve@x.example' 'eve@' '@x.example'; do
		queue "$address"
		wait_status "$ID" dead
		assert_equal "$(status_of "$ID" reason)" invalid
	done
	assert_equal "$(smtp_mails | xargs cat | grep -ci all@x.example)" 0
}

@test "a server that is away costs no mail its tries, and all arrive when it is back" {
	local ids=() i tries
	smtp_stop
	for i in {1..20}; do
		queue "dora$i@customer.example"
		ids+=("$ID")
	done
	wait_for '[ "$(pg_sql notifyd "SELECT failures FROM channel WHERE name = '"'email'"'")" -ge 3 ]'
	tries=$(pg_sql notifyd "SELECT sum(tries) FROM notification WHERE recipient LIKE 'dora%'")
	assert_equal "$tries" 0
	# After those that were under way at first, one mail at a time finds out whether it is back.
	assert_equal "$(pg_sql notifyd "SELECT (SELECT count(*) FROM notification_attempt WHERE outcome = 'down')
		< failures + 20 FROM channel WHERE name = 'email'")" t
	direct GET /metrics
	[[ $http_body =~ 'ecom_notification_sends_total{channel="email",outcome="down"} '[1-9] ]]
	smtp_start tls
	wait_for "[ \"\$(pg_sql notifyd \"SELECT count(*) FROM notification WHERE recipient LIKE 'dora%' AND status = 'sent'\")\" = 20 ]"
	for i in {1..20}; do
		smtp_wait 1 "dora$i@customer.example"
	done
}

@test "a mail whose process was killed before it was noted is sent again with the same Message-ID" {
	daemon_stop notifyd-1
	start ECOM_FAULT=outbound.sends.after:1:kill
	local pid
	pid=$(process_pid notifyd-1)
	queue emil@customer.example
	wait_for "! process_alive $pid"
	assert_equal "$(status_of "$ID")" queued
	pg_sql notifyd "UPDATE notification SET due_at = now() WHERE id = '$ID'"
	start
	wait_status "$ID" sent
	smtp_wait 2 emil@customer.example
	assert_equal "$(smtp_mails emil@customer.example | xargs grep -h ^Message-ID: | sort -u | wc -l)" 1
	# The same bytes below what the server put on top.
	assert_equal "$(for f in $(smtp_mails emil@customer.example); do
		sed -n '/^From:/,$p' "$f" | sha256sum; done | sort -u | wc -l)" 1
}

@test "an answer that cannot be stored holds up no other" {
	local id good=()
	pg_sql notifyd "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
		\$\$ BEGIN RAISE 'not this one'; END \$\$;
		CREATE TRIGGER refuse BEFORE UPDATE ON notification FOR EACH ROW
		WHEN (NEW.status = 'sent' AND NEW.recipient LIKE 'stuck%') EXECUTE FUNCTION refuse()"
	daemon_stop notifyd-1 # so that they come in one batch
	queue stuck@customer.example
	for i in 1 2 3; do
		queue "free$i@customer.example"
		good+=("$ID")
	done
	start
	for id in "${good[@]}"; do
		wait_status "$id" sent
	done
	for i in 1 2 3; do
		assert_equal "$(smtp_mails "free$i@customer.example" | wc -l)" 1
	done
	wait_for "grep -q '1 mails and messages could not be settled and come again: .*not this one' $SCRATCH/log/notifyd-1.log"
	pg_sql notifyd 'DROP FUNCTION refuse CASCADE'
}

@test "without a good certificate nothing is sent, unless an option allows it" {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=another authority' \
		-keyout "$SCRATCH/smtp/other.key" -out "$SCRATCH/smtp/other.pem" 2>/dev/null
	restart ECOM_SMTP_CA_FILE="$SCRATCH/smtp/other.pem"
	queue fritz@customer.example
	wait_for '[ "$(pg_sql notifyd "SELECT failures FROM channel WHERE name = '"'email'"'")" -ge 1 ]'
	assert_equal "$(status_of "$ID") $(status_of "$ID" tries)" 'queued 0'
	[[ $(status_of "$ID" last_error) == *certificate* ]]
	assert_equal "$(smtp_mails fritz@customer.example | wc -l)" 0
	# A password never goes over a connection that anybody may have made.
	daemon_stop notifyd-1
	run start ECOM_SMTP_TLS=opportunistic
	[ "$status" -ne 0 ]
	assert_contains "$output" 'a password is only sent with smtp_tls required'
	start ECOM_SMTP_TLS=opportunistic ECOM_SMTP_USER= ECOM_SMTP_CA_FILE=
	wait_status "$ID" sent
	smtp_wait 1 fritz@customer.example
}

@test "a wrong password is the channel's failure and no mail's, and is never logged" {
	echo 'wrong secret' >"$SCRATCH/secrets/smtp"
	restart
	queue gerda@customer.example
	wait_for '[ "$(pg_sql notifyd "SELECT failures FROM channel WHERE name = '"'email'"'")" -ge 1 ]'
	assert_equal "$(status_of "$ID" tries)" 0
	[[ $(status_of "$ID" last_error) == *535* ]]
	echo 'open sesame' >"$SCRATCH/secrets/smtp" # read again for each mail
	wait_status "$ID" sent
	run ! grep -rE 'wrong secret|open sesame' "$SCRATCH/log"
}

@test "what is dead or sent goes out again by hand, byte for byte, as a row of its own" {
	local first second
	queue unknown-hans@customer.example
	first=$ID
	wait_status "$first" dead
	api GET '/v1/notifications?status=dead&recipient=unknown-hans@customer.example'
	assert_status 200
	assert_json '.data | length == 1'
	pg_sql notifyd "UPDATE notification SET recipient = 'hans@customer.example' WHERE id = '$first'"
	api POST "/v1/notifications/$first/resend" -H 'Idempotency-Key: again'
	assert_status 202
	assert_json '.resend_of == $first and .status == "queued"' --arg first "$first"
	second=$(json .id)
	api POST "/v1/notifications/$first/resend" -H 'Idempotency-Key: again'
	assert_equal "$(json .id)" "$second"
	wait_status "$second" sent
	smtp_wait 1 hans@customer.example
	assert_equal "$(pg_sql notifyd "SELECT count(*) FROM notification a JOIN notification b
		ON (a.subject, a.text, a.html, a.data) = (b.subject, b.text, b.html, b.data)
		WHERE a.id = '$first' AND b.id = '$second'")" 1
	api POST "/v1/notifications/$second/resend"
	assert_status 202
	assert_json '.resend_of == $first' --arg first "$first"
	pg_sql notifyd "UPDATE notification SET status = 'suppressed' WHERE id = '$first'"
	api POST "/v1/notifications/$first/resend"
	assert_problem 409 notification_not_ended
	api POST "/v1/notifications/$(cat /proc/sys/kernel/random/uuid)/resend"
	assert_status 404
}

@test "links that open an account are shown to nobody, and wiped when they end" {
	CATEGORY="'account'" queue ida@customer.example "expires_at=now() + interval '1 hour'"
	wait_status "$ID" sent
	api GET "/v1/notifications/$ID"
	assert_json '.text == null and .html == null and .is_secret and .subject != null'
	pg_sql notifyd "UPDATE notification SET expires_at = now() - interval '1 s' WHERE id = '$ID'"
	wait_for "[ -z \"\$(status_of $ID text)\" ]"
	api POST "/v1/notifications/$ID/resend"
	assert_problem 409 notification_expired
	# A server that refuses a mail may quote the link.
	CATEGORY="'account'" queue unknown-ida@customer.example
	wait_status "$ID" dead
	api GET "/v1/notifications/$ID"
	assert_json '.attempts[0].code == 550 and .last_error == "refused by the server"'
	[[ $http_body != *'no such mailbox'* ]]
}

@test "lists by status, template, order, recipient and time, in pages" {
	local order
	order=$(cat /proc/sys/kernel/random/uuid)
	queue jan@customer.example "order_id='$order'"
	wait_status "$ID" sent
	for query in "order=$order" 'order=1001' 'recipient=jan@customer.example' \
		"status=sent&order=$order&template=order_confirmation&since=2026-01-01T00:00:00Z"; do
		api GET "/v1/notifications?$query"
		assert_status 200
		assert_json '[.data[].id] == [$id]' --arg id "$ID"
	done
	api GET '/v1/notifications?since=2126-01-01T00:00:00Z'
	assert_json '.data == [] and .next == null'
	api GET '/v1/notifications?limit=1'
	assert_json '(.data | length == 1) and .next != null'
	local first
	first=$(json '.data[0].id')
	api GET "/v1/notifications?limit=1&after=$(json .next)"
	assert_json '.data[0].id != $first' --arg first "$first"
	api GET '/v1/notifications?template=nothing'
	assert_invalid /template
	TOKEN=$(token_for orders:read)
	api GET /v1/notifications
	assert_status 403
}

@test "previews show every template in every language, with nothing of HTML from the data" {
	local template locale
	for template in order_confirmation payment_failed shipment refund return_requested \
		return_approved return_received low_stock abandoned_cart email_verification \
		password_reset webhook_disabled test; do
		for locale in en de de-AT fr; do
			api POST /v1/notifications/previews -d "{\"template\":\"$template\",\"locale\":\"$locale\"}"
			assert_status 200
			assert_json '(.subject | length > 5) and (.text | length > 40) and (.html | length > 100)'
			assert_json '(.text + .subject | contains("{{") | not) and (.html | contains("{{") | not)'
			assert_json '.html | contains("<M>") | not'
		done
	done
	api POST /v1/notifications/previews -d '{"template":"order_confirmation","locale":"de"}'
	assert_json '.subject == "Ihre Bestellung 1001" and (.text | contains("Summe: 58,87 EUR"))
		and (.text | contains("22. November 2026")) and (.html | contains("T-shirt &lt;M&gt;"))'
	api POST /v1/notifications/previews -d '{"template":"nothing"}'
	assert_invalid /template
	api POST /v1/notifications/previews -d '{"template":"test","locale":"../../etc/passwd"}'
	assert_invalid /locale
}

@test "a folder of the shop's own replaces templates, and a broken one says where" {
	mkdir -p "$SCRATCH/templates"
	printf '=== subject\nHello {{order.number}}\n=== text\n{{>_top}}\nOwn.\n=== html\n<p>{{#a}}Own</p>\n' \
		>"$SCRATCH/templates/order_confirmation.en.mustache"
	chmod -R a+rX "$SCRATCH/templates"
	restart ECOM_TEMPLATES="$SCRATCH/templates"
	api POST /v1/notifications/previews -d '{"template":"order_confirmation"}'
	assert_problem 422 template_broken
	assert_json '.detail == "template order_confirmation: line 1: a section without end: a"'
	sed -i 's/{{#a}}//' "$SCRATCH/templates/order_confirmation.en.mustache"
	api POST /v1/notifications/previews -d '{"template":"order_confirmation"}'
	assert_status 200
	assert_json '.subject == "Hello 1001" and .html == "<p>Own</p>\n"'
	api POST /v1/notifications/previews -d '{"template":"order_confirmation","locale":"de"}'
	assert_json '.subject == "Ihre Bestellung 1001"'
}

@test "without a mail server mails go into a Maildir, and short messages to the log" {
	daemon_stop notifyd-1
	daemon_start notifyd ECOM_MAILDIR="$SCRATCH/cache/mail" \
		ECOM_CLIENT_SECRET_FILE="$SCRATCH/secrets/none"
	queue kurt@customer.example
	wait_status "$ID" sent
	[ -e "$SCRATCH/cache/mail/new/$ID" ]
	assert_equal "$(mail_header "$SCRATCH/cache/mail/new/$ID" Subject)" 'Bestellung – Grüße'
	assert_equal "$(find "$SCRATCH/cache/mail/tmp" -type f | wc -l)" 0
	assert_equal "$(stat -c %a "$SCRATCH/cache/mail/new/$ID")" 600
	queue +491701234567 "channel='sms'"
	wait_status "$ID" sent
	assert_contains "$(cat "$SCRATCH/log/notifyd-1.log")" "sms $ID: order_confirmation"
	run ! grep -q 491701234567 "$SCRATCH/log/notifyd-1.log"
}
