#!/usr/bin/env bats
# ecomctl against a whole shop: every command in every format, products, categories, import, login.

load ../lib
load ../lib/webhooks

bats_require_minimum_version 1.5.0

setup_file() {
	shop_up
	receiver_start
	printf 'notifyd:\n  webhook_allow: [127.0.0.1]\n' >>"$STATE/ecom.yaml"
	ecomctl service restart notifyd --wait -q
}

# expect STATUS ecomctl arguments: runs it; stdout, stderr and exit code are in output, stderr, status.
expect() {
	local wanted=$1
	shift
	run --separate-stderr ecomctl "$@"
	[ "$status" = "$wanted" ] || flunk "ecomctl $*: exit $status, not $wanted
$output
$stderr"
}

# What to give each command; % is another text each time. A command that is missing here fails.
declare -gA ARGUMENTS=(
	['up']='-d --state STATE --port PORT'
	['status']='' ['doctor']=''
	['backup create']='' ['backup list']='' ['backup get']='SOMEBACKUP' ['backup verify']='SOMEBACKUP'
	['backup restore']='SOMEBACKUP --to SCRATCH/home/restored-%'
	['service list']='' ['service scale']='catalogd=1' ['service restart']='catalogd --wait'
	['product list']='--limit 3' ['product get']='WALK-1' ['product describe']='WALK-1'
	['product create']='WALK-% --name Walk --price 1EUR'
	['product update']='WALK-1 --stock 5' ['product archive']='WALK-1'
	['product import']='SCRATCH/walk.csv'
	['stock list']='--limit 3' ['stock get']='WALK-1' ['stock set']='WALK-1 50'
	['stock adjust']='WALK-1 --by -1 --reason broken' ['stock receive']='WALK-1 5 --reference PO-1'
	['stock transfer']='WALK-1 1 --from main --to walk' ['stock count']='WALK-1 40'
	['stock threshold']='WALK-1 45' ['stock low']='' ['stock why']='WALK-1' ['stock verify']=''
	['location list']='' ['location create']='walk-%'
	['category list']='' ['category get']='walk' ['category describe']='walk'
	['category create']='walk-% --name Walk' ['category update']='walk --name Walk'
	['category archive']='walk-gone'
	['cart list']='' ['cart create']='--currency EUR' ['cart get']='NEWCART'
	['cart describe']='NEWCART' ['cart lines']='NEWCART' ['cart add']='NEWCART WALK-2'
	['cart set']='NEWCART WALK-2 -n 2' ['cart remove']='NEWCART WALK-2'
	['cart coupon']='add NEWCART WALK10'
	['promo list']='' ['promo get']='walk' ['promo describe']='walk'
	['promo create']='walk-% --name Walk --kind percentage --percent 10 --automatic no'
	['promo update']='walk --priority 5' ['promo delete']='walk-% --yes'
	['promo coupon']='add walk --count 3' ['promo redemptions']='walk' ['promo explain']='NEWCART --country DE'
	['cart validate']='NEWCART' ['cart delete']='NEWCART'
	['cart merge']='NEWCART GUESTCART --guest-token SCRATCH/guest'
	['cart checkout']='NEWCART --email walk@example.com --name Walk --line1 Way --postal-code 10115 --city Berlin --country DE --payment-token tok_success --wait'
	['payment list']='' ['payment get']='PAYMENT' ['payment describe']='PAYMENT'
	['payment events']='PAYMENT' ['payment capture']='PAYMENT --amount 1EUR'
	['payment void']='PAYMENT --yes' ['payment reconcile']='SCRATCH/report.csv'
	['refund list']='' ['refund get']='REFUND' ['refund preview']='PAIDORDER'
	['refund create']='PAIDORDER --amount 1EUR --reason Walk' ['refund approve']='REFUND'
	['refund reject']='REFUND' ['ledger list']='' ['ledger verify']=''
	['payment record']='UNPAID --amount 50EUR --reference walk'
	['payment write-off']='UNCOLLECTED --reason Walk --yes'
	['refund record']='UNSENT --reference walk'
	['draft list']='--limit 3' ['draft get']='NEWDRAFT' ['draft describe']='NEWDRAFT'
	['draft create']='-f SCRATCH/draft.yaml' ['draft update']='NEWDRAFT -f SCRATCH/note.yaml'
	['draft delete']='NEWDRAFT --yes' ['draft place']='NEWDRAFT --payment bank_transfer'
	['order list']='--limit 3' ['order get']='SOMEORDER' ['order describe']='SOMEORDER'
	['order timeline']='SOMEORDER' ['order trace']='SOMEORDER'
	['order ship']='NEWORDER --carrier DHL --tracking JD0146'
	['order cancel']='NEWORDER --reason customer --yes' ['order hold']='NEWORDER --reason walk'
	['order resume']='HELDORDER' ['order note']='SOMEORDER Called --public'
	['order export']='--with-lines --sku WALK-2' ['order tail']='--for 100ms'
	['invoice list']='--limit 3' ['invoice get']='INVOICED' ['invoice verify']=''
	['shop get']='' ['shop set']='name=Walk'
	['return list']='--limit 3' ['return get']='ASKEDONE' ['return describe']='ASKEDONE'
	['return request']='SHIPPEDONE --reason walk' ['return approve']='ASKEDONE'
	['return decline']='ASKEDONE --resolution Walk' ['return cancel']='ASKEDONE'
	['return receive']='AGREEDONE' ['return refund']='AGREEDONE --dry-run'
	['shipping list']='' ['shipping get']='standard' ['shipping delete']='walk --yes'
	['shipping set']='walk --name Walk --price 1EUR --countries FR'
	['tax list']='' ['tax get']='DE' ['tax set']='US-CA --rate 7.5 --name Walk --inclusive no'
	['tax delete']='US-CA --yes'
	['notification list']='--limit 3' ['notification get']='NOTIFIED'
	['notification describe']='NOTIFIED' ['notification resend']='NOTIFIED'
	['notification preview']='shipment --locale de' ['notification test']='walk@example.com'
	['notification preferences']='00000000-0000-7000-8000-000000000001'
	['webhook list']='' ['webhook get']='WEBHOOK' ['webhook create']='--events orders.>'
	['webhook update']='WEBHOOK --description Walk' ['webhook delete']='WEBHOOK --yes'
	['webhook rotate']='WEBHOOK' ['webhook test']='WEBHOOK' ['webhook tail']='--for 100ms'
	['webhook deliveries']='--status delivered' ['webhook delivery']='DELIVERY' ['webhook resend']='DELIVERY'
	['webhook replay']='WEBHOOK --since 1h' ['webhook forward']='http://127.0.0.1:1/ --for 100ms'
	['event list']='--limit 3' ['event tail']='-n 1 --for 100ms' ['event lag']=''
	['event replay']='--service userd --since 1h --yes'
	['job list']='--state dead' ['job get']='JOB' ['job retry']='JOB'
	['job retention']=''
	['login']='--email walk@example.com --password-stdin' ['whoami']='' ['logout']=''
	['auth token']=''
	['context list']='' ['context current']='' ['context use']='local'
	['context set']='walk-% --server http://127.0.0.1:1' ['context rename']='walk-% renamed-%'
	['context delete']='renamed-% --yes'
	['api']='GET /v1/products -F limit=2'
	['help']='exit-codes' ['version']='' ['completion']='bash'
)

# new_cart: with two pieces of WALK-2; its id. guest_cart: empty, its token in guest.
new_cart() {
	local id
	id=$(ecomctl cart create --currency EUR -q)
	ecomctl cart add "$id" WALK-2 -n 2 -q
}

guest_cart() {
	local token
	token=$(curl -sS -X POST "$SHOP/v1/guests" | jq -r .access_token)
	echo "$token" >"$SCRATCH/guest"
	curl -sS -X POST "$SHOP/v1/carts" -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' -d '{"currency":"EUR"}' | jq -r .id
}

# a_webhook: whose receiver takes everything. a_delivery: of one.
a_notification() {
	ecomctl notification test walk@example.com -q
}
a_webhook() {
	ecomctl webhook create "$RECEIVER_URL/walk" --events 'orders.>' -q
}

a_delivery() {
	ecomctl webhook test "$(a_webhook)" -q
}

# new_order: confirmed, with two pieces of WALK-2; its number. held_order: the same, held. dead_job: its id.
new_order() {
	ecomctl cart checkout "$(new_cart)" --email walk@example.com --name Walk --line1 Way \
		--postal-code 10115 --city Berlin --country DE --payment-token tok_success --wait -q
}

held_order() {
	ecomctl order hold "$(new_order)" --reason walk -q
}

shipped_order() {
	local order
	order=$(new_order)
	ecomctl order ship "$order" -q >&2
	echo "$order"
}

# asked_return: the number of a new return. agreed_return: the same, approved.
asked_return() {
	ecomctl return request "$(shipped_order)" --reason walk -q
}

agreed_return() {
	ecomctl return approve "$(asked_return)" -q
}

new_draft() {
	ecomctl draft create -f "$SCRATCH/draft.yaml" -q
}

dead_job() {
	shop_sql catalogd "INSERT INTO job (queue, payload, state, attempt, reason, settled_at)
		VALUES ('event:nobody', '{}', 'dead', 5, 'test', now()) RETURNING id"
}

# invoiced_order: shipped, and its invoice is there; its number.
invoiced_order() {
	local number
	number=$(new_order)
	ecomctl order ship "$number" -q >/dev/null
	wait_for "ecomctl invoice get $number -q" >/dev/null
	echo "$number"
}

# money_words ARGUMENTS: with an authorised payment, a paid order and a requested refund.
money_words() {
	case $1 in
	*UNPAID*) shop_payment manual_bank_transfer ;;
	*UNSENT*) shop_unsent ;;
	*UNCOLLECTED*) shop_uncollected ;;
	*PAYMENT*) shop_payment tok_success ;;
	*PAIDORDER*) shop_captured tok_success ;;
	*REFUND*) shop_captured tok_success && shop_refund 100 ;;
	esac
	set -- "${1/PAYMENT/${PAYMENT:-}}"
	set -- "${1/UNPAID/${ORDER:-}}"
	set -- "${1/UNSENT/${REFUND:-}}"
	set -- "${1/UNCOLLECTED/${PAYMENT:-}}"
	set -- "${1/PAIDORDER/${ORDER:-}}"
	echo "${1/REFUND/${REFUND:-}}"
}

is_in_format() {
	case $1 in
	table) [ -n "$2" ] ;;
	json) jq -e 'type == "object" or type == "array"' <<<"$2" >/dev/null ;;
	ndjson) jq -e -s 'all(type == "object")' <<<"$2" >/dev/null ;;
	csv) [[ ${2%%$'\n'*} =~ ^[a-z_.]+(,[a-z_.]+)*$ ]] ;;
	name) [[ $2 != *$'\t'* ]] ;;
	esac
}

@test "every command works in every format" {
	printf 'sku,name,price\nWALK-1,Walk,2 EUR\n' >"$SCRATCH/walk.csv"
	echo 'note: walk' >"$SCRATCH/note.yaml"
	ecomctl draft create --example | sed 's/MUG-BLUE/WALK-1/; s/POSTER/WALK-2/' >"$SCRATCH/draft.yaml"
	expect 0 product import "$SCRATCH/walk.csv"
	expect 0 location create walk --name Walk
	expect 0 product create WALK-2 --name Walk --price 2EUR --stock 1000 --status active
	expect 0 category create walk --name Walk
	expect 0 promo create walk --name Walk --kind percentage --percent 10 --coupons WALK10
	echo reference,kind,amount,currency,occurred_at >"$SCRATCH/report.csv"
	expect 0 category create walk-gone --name Gone
	http POST "$SHOP/v1/users" -H 'Content-Type: application/json' \
		-d '{"email":"walk@example.com","password":"correct horse","name":"Walk"}'
	assert_status 201
	local format path arguments shown all some_order some_backup
	some_order=$(new_order)
	some_backup=$(ecomctl backup create -q)
	# `down` ends the walk's shop: its formats are in the engine's own test.
	all=$(ecomctl help --json | jq -r '.commands[].command | sub("^ecomctl "; "")' | grep -vx down)
	for format in table json ndjson csv name; do
		wait_for 'ecomctl status -q' # the service that the last walk restarted
		while read -r path; do
			[ -n "${ARGUMENTS[$path]+x}" ] || flunk "no arguments for: $path"
			arguments=${ARGUMENTS[$path]//%/$format}
			[[ $arguments != *NEWCART* ]] || arguments=${arguments/NEWCART/$(new_cart)}
			[[ $arguments != *GUESTCART* ]] || arguments=${arguments/GUESTCART/$(guest_cart)}
			arguments=${arguments/SOMEORDER/$some_order}
			arguments=${arguments/SOMEBACKUP/$some_backup}
			[[ $arguments != *NEWORDER* ]] || arguments=${arguments/NEWORDER/$(new_order)}
			[[ $arguments != *HELDORDER* ]] || arguments=${arguments/HELDORDER/$(held_order)}
			[[ $arguments != *INVOICED* ]] || arguments=${arguments/INVOICED/$(invoiced_order)}
			[[ $arguments != *SHIPPEDONE* ]] || arguments=${arguments/SHIPPEDONE/$(shipped_order)}
			[[ $arguments != *ASKEDONE* ]] || arguments=${arguments/ASKEDONE/$(asked_return)}
			[[ $arguments != *AGREEDONE* ]] || arguments=${arguments/AGREEDONE/$(agreed_return)}
			[[ $arguments != *NEWDRAFT* ]] || arguments=${arguments/NEWDRAFT/$(new_draft)}
			[[ $arguments != *WEBHOOK* ]] || arguments=${arguments/WEBHOOK/$(a_webhook)}
			[[ $arguments != *DELIVERY* ]] || arguments=${arguments/DELIVERY/$(a_delivery)}
			[[ $arguments != *NOTIFIED* ]] || arguments=${arguments/NOTIFIED/$(a_notification)}
			[[ $arguments != *JOB* ]] || arguments=${arguments/JOB/$(dead_job)}
			arguments=$(money_words "$arguments")
			# Last: the name of the folder may hold any letters.
			arguments=${arguments/STATE/$STATE}
			arguments=${arguments/PORT/$PORT}
			arguments=${arguments/SCRATCH/$SCRATCH}
			# shellcheck disable=SC2086
			shown=$(ecomctl -o "$format" $path $arguments <<<'correct horse' 2>"$SCRATCH/stderr") ||
				flunk "$format $path: $shown $(cat "$SCRATCH/stderr")"
			is_in_format "$format" "$shown" || flunk "$path is no $format: $shown"
		done <<<"$all"
	done
}

@test "a product from creation to archive" {
	expect 0 category create mugs --name 'Mugs & cups' -q
	expect 0 product create MUG-1 --name 'Blue mug' --price 12.90EUR --stock 40 -c mugs -a color=blue -q
	assert_equal "$output" MUG-1
	expect 0 product update MUG-1 --price 11.90EUR --status active --stock none -a color= -a size=L -o json
	jq -e '.price == {"amount":1190,"currency":"EUR"} and .stock == null and .version == 2
		and .attributes == {"size":"L"} and .status == "active"' <<<"$output"
	expect 6 product update MUG-1 --price 1EUR --if-version 1
	assert_equal "${stderr_lines[0]}" 'error: product "MUG-1" was changed by somebody else'
	expect 0 product get MUG-1 --no-headers --fields sku,price
	assert_equal "$output" "$(printf 'MUG-1\t11.90 EUR')"
	expect 0 product list --category mugs --min-price 11EUR --max-price 12EUR -q
	assert_equal "$output" MUG-1
	expect 0 product list --search 'blue' -q
	assert_contains "$output" MUG-1
	expect 0 product archive MUG-1 -o json
	jq -e '.status == "archived"' <<<"$output"
	expect 6 product create MUG-1 --name x --price 1EUR
	assert_equal "${stderr_lines[0]}" 'error: product "MUG-1" exists already'
	assert_equal "${stderr_lines[1]}" '  hint: ecomctl product update MUG-1 changes it'
	expect 2 product archive MUG-1 WALK-1
	assert_equal "${stderr_lines[1]}" "  hint: add --yes"
}

@test "what is not there, not valid or not allowed has its exit code" {
	expect 3 product get NOPE
	assert_equal "${stderr_lines[0]}" 'error: product "NOPE" not found'
	assert_contains "${stderr_lines[2]}" "(context local)"
	expect 3 product get NOPE WALK-1 NADA -q
	assert_equal "$output" WALK-1
	assert_equal "${stderr_lines[0]}" 'error: product "NOPE", "NADA" not found'
	expect 3 category get nope
	expect 7 product create 'no sku' --name x --price 1EUR -o json
	jq -e '.status == 422 and .exit == 7 and .errors[0].pointer == "/sku"' <<<"$stderr"
	expect 3 api GET /v1/nothing
	expect 0 context set frozen --server "$ADMIN" --readonly yes
	expect 5 -C frozen product archive MUG-1
}

@test "a protected context wants its name for what is destructive" {
	expect 0 context set guarded --server "$ADMIN" --protected yes
	expect 2 -C guarded product archive MUG-1
	assert_equal "${stderr_lines[0]}" "context=guarded"
	assert_equal "${stderr_lines[2]}" "  hint: add --confirm=guarded"
	expect 2 -C guarded product archive MUG-1 --confirm=local
	expect 2 -C guarded draft delete D1001
	expect 2 -C guarded api POST /v1/products/MUG-1/archive
	expect 4 -C guarded product archive MUG-1 --confirm=guarded
}

@test "text from others cannot act on the terminal" {
	local evil=$'\e[2J\e]0;x\aX\u202egum\rY'
	expect 0 product create EVIL-1 --name "$evil" --price 1EUR --description $'a\nb' -o table
	[[ $output != *$'\e'* && $output != *$'\r'* && $output != *$'\u202e'* ]]
	assert_contains "$output" '\x1b[2J\x1b]0;x\x07X\u202egum\rY'
	expect 0 product describe EVIL-1
	assert_contains "$output" 'a\nb'
	assert_equal "$(script -qec 'ecomctl product get EVIL-1 --fields name --no-headers' /dev/null </dev/null |
		tr -d '\r\n')" '\x1b[2J\x1b]0;x\x07X\u202egum\rY'
	assert_equal "$(ecomctl product get EVIL-1 -o json | jq -r .name)" "$evil"
	# JSON writers leave C1 controls and bidi controls as they are; CSV leaves everything.
	local format shown raw=$'[\e\u202e\u009b]'
	expect 0 product update EVIL-1 --description $'\u009b31m\u202e' -q
	for format in json ndjson csv; do
		shown=$(script -qec "ecomctl product get EVIL-1 -o $format" /dev/null </dev/null)
		[[ ! $shown =~ $raw ]] || flunk "$format: $shown"
	done
	shown=$(script -qec 'ecomctl api GET /v1/products/EVIL-1' /dev/null </dev/null)
	[[ ! $shown =~ $raw ]] || flunk "api: $shown"
	assert_equal "$(ecomctl product get EVIL-1 -o csv --fields description --no-headers)" $'\u009b31m\u202e'
}

@test "a list is cut on a terminal with a note, and whole elsewhere" {
	{
		echo sku,name,price
		printf 'LIST-%03d,Listed,1 EUR\n' {1..260}
	} >"$SCRATCH/list.csv"
	expect 0 product import "$SCRATCH/list.csv"
	expect 0 product list -q
	local count=${#lines[@]}
	[ "$count" -ge 260 ]
	assert_equal "$(ecomctl product list -o json | jq length)" "$count"
	assert_equal "$(ecomctl product list -o ndjson | jq -s length)" "$count"
	assert_equal "$(ecomctl product list -o csv --fields sku --no-headers | wc -l)" "$count"
	expect 0 product list --limit 7 -q
	assert_equal "${#lines[@]}" 7
	run script -qec 'stty cols 80; ecomctl product list' /dev/null </dev/null
	assert_equal "${#lines[@]}" 52
	assert_contains "${lines[51]}" "the first 50; all of them: --limit 0"
}

@test "an import keeps what is wrong, with line and reason, and can be repeated" {
	cat >"$SCRATCH/import.csv" <<-'EOF'
		sku,name,price,stock,attr.color
		IMP-1,One,1.50 EUR,3,red
		IMP-2,"Two, with
		two lines",2.50 EUR,none,
		IMP-3,Three,cheap,1,
		IMP-4,Four,1 EUR,-1,
		IMP-5,Five
		bad sku,Six,1 EUR,1,
		IMP-7,,1 EUR,1,
		IMP-1,Again,1 EUR,1,
		IMP-9,Nine,9.00 EUR,9,
	EOF
	expect 9 product import "$SCRATCH/import.csv" --rejects "$SCRATCH/bad.csv" -o json
	jq -e '.rows == 9 and .created == 3 and .rejected == 6' <<<"$output"
	jq -e '.exit == 9 and (.hint | contains("bad.csv"))' <<<"$stderr"
	assert_equal "$(head -1 "$SCRATCH/bad.csv")" "sku,name,price,stock,attr.color,_line,_code,_error"
	assert_equal "$(sed 1d "$SCRATCH/bad.csv" | grep -oE ',[0-9]+,[a-z_]+,"?[a-z]+' | cut -d, -f2 | tr '\n' ' ')" \
		"5 6 7 8 9 10 "
	grep -q '^IMP-3,Three,cheap,1,,5,invalid_price,' "$SCRATCH/bad.csv"
	expect 9 product import "$SCRATCH/import.csv" --rejects "$SCRATCH/bad.csv" -o json
	jq -e '.created == 0 and .updated == 0 and .unchanged == 3' <<<"$output"

	sed -e 's/cheap/3 EUR/; s/,-1,/,1,/; /bad sku/d; /Again/d; /^,/d; s/^IMP-7,,/IMP-7,Seven,/' \
		"$SCRATCH/bad.csv" >"$SCRATCH/good.csv"
	expect 0 product import "$SCRATCH/good.csv" -o json
	jq -e '.created == 3 and .rejected == 0' <<<"$output"

	expect 0 product list --search Nine -o csv
	ecomctl product list --search Nine -o csv | ecomctl product import - -o json | jq -e '.unchanged == 1'
	ecomctl product list --search Nine -o ndjson | ecomctl product import - -o json | jq -e '.unchanged == 1'
	printf '{"sku":"IMP-9","stock":1}\n\n{"sku":\n' >"$SCRATCH/import.ndjson"
	expect 9 product import "$SCRATCH/import.ndjson" --rejects "$SCRATCH/bad.ndjson" -o json
	jq -e '.updated == 1 and .rejected == 1' <<<"$output"
	jq -e '._line == 3 and ._code == "invalid_json" and ._raw == "{\"sku\":"' "$SCRATCH/bad.ndjson"

	printf 'sku,pric\n' >"$SCRATCH/import.csv"
	expect 7 product import "$SCRATCH/import.csv"
	assert_equal "${stderr_lines[0]}" 'error: there is no column "pric"'
	assert_equal "${stderr_lines[2]}" '  hint: did you mean price?'
	expect 2 product import "$SCRATCH/nothing.csv"
}

@test "rows are applied in the order of the file, over chunks too" {
	{
		echo sku,name,price
		printf 'ORDER-1,First,1 EUR\n'
		printf 'ORDER-%d,Filler,1 EUR\n' {2..2000}
		printf 'ORDER-1,Second,2 EUR\n'
		printf 'ORDER-%d,Filler,1 EUR\n' {2001..3999}
		printf 'ORDER-1,Third,3 EUR\n'
	} >"$SCRATCH/order.csv"
	expect 0 product import "$SCRATCH/order.csv" -o json
	jq -e '.rows == 4001 and .created == 3999 and .updated == 2' <<<"$output"
	assert_equal "$(ecomctl product get ORDER-1 -o json | jq -r .name)" Third
}

@test "login, whoami, logout" {
	http POST "$SHOP/v1/users" -H 'Content-Type: application/json' \
		-d '{"email":"ann@example.com","password":"correct horse","name":"Ann"}'
	assert_status 201
	run --separate-stderr ecomctl login --email ann@example.com --password-stdin <<<'wrong horse'
	assert_equal "$status" 4
	run --separate-stderr ecomctl login --email ann@example.com --password-stdin -o json <<<'correct horse'
	assert_equal "$status" 0
	jq -e '.email == "ann@example.com" and .context == "local"' <<<"$output"
	assert_equal "$(stat -c %a "$XDG_STATE_HOME/ecomctl/credentials.json")" 600
	expect 0 api GET /v1/me -o json
	jq -e '.email == "ann@example.com"' <<<"$output"
	expect 5 product create ANN-1 --name x --price 1EUR
	expect 0 logout
	expect 0 whoami -o json
	jq -e '.client == "admin" and has("email") == false' <<<"$output"
	expect 4 logout
}

@test "many at once refresh one token, and none loses it" {
	http POST "$SHOP/v1/users" -H 'Content-Type: application/json' \
		-d '{"email":"many@example.com","password":"correct horse","name":"Many"}'
	ecomctl login --email many@example.com --password-stdin -q <<<'correct horse'
	local store=$XDG_STATE_HOME/ecomctl/credentials.json pids=() pid
	for _ in 1 2 3; do
		jq '.local.expires_at = 1' "$store" >"$store.new"
		chmod 600 "$store.new"
		mv "$store.new" "$store"
		pids=()
		for _ in {1..16}; do
			ecomctl api GET /v1/me >/dev/null 3>&- &
			pids+=($!)
		done
		for pid in "${pids[@]}"; do
			wait "$pid"
		done
	done
	expect 0 logout
}

@test "api sends what it is given" {
	expect 0 api POST /v1/categories -f slug=raw -f 'name=12' -F position=3 -o json
	jq -e '.name == "12" and .position == 3' <<<"$output"
	expect 0 api PATCH /v1/categories/raw --if-version 1 -F 'parent=null' -f name=Raw
	assert_contains "$output" '"name":"Raw"'
	expect 0 api GET /v1/categories/raw -i
	assert_contains "${lines[0]}" "HTTP/1.1 200"
	echo '{"name":"From stdin"}' | ecomctl api PATCH /v1/categories/raw --input - --if-version 2 -o json |
		jq -e '.name == "From stdin"'
	expect 0 api GET /v1/categories -F limit=1 -o csv
	assert_contains "$output" "slug,name"
	expect 0 api POST /v1/categories -f "slug=o'x" --curl
	[[ $output != *"$(ecomctl auth token)"* ]]
	assert_contains "$output" "auth token"
	assert_equal "$(bash -c "$(ecomctl api GET /v1/categories/raw --curl)" | jq -r .slug)" raw
}

@test "-v tells each request with its id" {
	expect 0 -v product get IMP-9
	# The token may have been renewed before, which is told too.
	[[ ${stderr_lines[-1]} =~ ^GET\ /v1/products/IMP-9\ 200\ [0-9]+\ ms\ [0-9a-f-]{36}$ ]] || flunk "$stderr"
}
