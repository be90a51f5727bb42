# A private nats-server with JetStream on a free port; a restart keeps port and store.
# shellcheck shell=bash

nats_start() {
	scratch_make
	if [ ! -e "$SCRATCH/nats.port" ]; then
		ports_free 1 >"$SCRATCH/nats.port"
	fi
	export NATS_PORT
	NATS_PORT=$(<"$SCRATCH/nats.port")
	export NATS_URL=nats://127.0.0.1:$NATS_PORT
	process_start nats nats-server -a 127.0.0.1 -p "$NATS_PORT" -js -sd "$SCRATCH/nats"
	wait_for "port_in_use $NATS_PORT"
}

nats_stop() {
	process_stop nats "${1:-TERM}"
}
