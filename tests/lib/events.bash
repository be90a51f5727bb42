# Events against docs/events.md.
# shellcheck shell=bash

# A JSON object: {"catalog.product.created": {"sku": "text", "version": "int"}, …}
events_documented() {
	sed -nE 's/^\| ([a-z]+\.[a-z_]+\.[a-z_]+) \| [^|]* \| ([^|]*) \|.*/\1|\2/p' "$SRCDIR/docs/events.md" |
		jq -Rn '[inputs | split("|") | {key: .[0], value: (.[1] | split(", ") |
			map(split(" ") | {key: .[0], value: .[1]}) | from_entries)}] | from_entries'
}

# Reads {"subject", "data"} a line each; fails and tells those that are not as documented.
events_check() {
	local wrong
	wrong=$(jq -c --argjson documented "$(events_documented)" '
		def fits($kind): if type == "null" then $kind | endswith("?")
			else . as $value | ($kind | rtrimstr("?")) as $kind |
			if $kind == "text" then type == "string"
			elif $kind == "uuid" then type == "string" and test("^[0-9a-f-]{36}$")
			elif $kind == "time" then type == "string" and test("^20[0-9-]+T[0-9:.]+(Z|[+]00:00)$")
			elif $kind == "int" then type == "number" and . == floor
			elif $kind == "money" then (keys == ["amount", "currency"])
			else type == $kind end end;
		. as $event | $documented[.subject] as $fields |
		select($fields == null or ($fields | keys) != (.data | keys)
			or any(.data | to_entries[]; .key as $key | .value | fits($fields[$key]) | not))
		| {subject, data}')
	[ -z "$wrong" ] || flunk "not as docs/events.md says: $wrong"
}
