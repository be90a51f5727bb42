# What up, test, bench and fuzz share: steps, packages, building. Sourced with $root set.
# shellcheck shell=bash disable=SC2154

say() {
	echo "==> $*"
}

die() {
	echo "error: $1" >&2
	[ -z "${2:-}" ] || echo "hint: $2" >&2
	exit 1
}

# packages GROUP…: installs what is missing; as root also makes the system user of the shops.
packages() {
	local arguments=("$@")
	[ "$(id -u)" != 0 ] || arguments=(--user ecom "$@")
	"$root/script/lib/install" --check "${arguments[@]}" && return
	say "Installing Debian packages: $*"
	if [ "$(id -u)" = 0 ]; then
		"$root/script/lib/install" "${arguments[@]}"
	elif command -v sudo >/dev/null; then
		sudo "$root/script/lib/install" "${arguments[@]}"
	else
		die 'packages are missing and there is no sudo' \
			"as root: $root/script/lib/install $*"
	fi
}

# logged FILE COMMAND…: output to the file; its end on the terminal when the command fails.
logged() {
	local log=$1
	shift
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 40 "$log" >&2
		die "failed: $*" "the whole output is in $log"
	fi
}

# build FOLDER TARGET CONFIGURE-ARGUMENT…: configures when new or when the arguments differ.
build() {
	local folder=$root/$1 target=$2
	shift 2
	mkdir -p "$folder"
	if [ ! -e "$root/configure" ] || [ "$root/configure.ac" -nt "$root/configure" ]; then
		logged "$folder/autogen.log" "$root/autogen.sh"
	fi
	if [ ! -e "$folder/Makefile" ] || [ "$(cat "$folder/configured" 2>/dev/null)" != "$*" ]; then
		(cd "$folder" && logged configure.log "$root/configure" -q "$@")
		echo "$*" >"$folder/configured"
	fi
	logged "$folder/make.log" make -C "$folder" -j"$(nproc)" "$target"
}
