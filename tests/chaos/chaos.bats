#!/usr/bin/env bats
# A short chaos run, which may settle as slowly as the machine wants. The long one: script/chaos --minutes 10

load ../lib

@test "a shop that is killed and stalled at random loses, doubles and oversells nothing" {
	run "$SRCDIR/script/chaos" --seconds "${CHAOS_SECONDS:-25}" --seed "${CHAOS_SEED:-7}" --clients 8 \
		--settle 300 3>&- 4>&-
	echo "$output"
	[ "$status" = 0 ]
}
