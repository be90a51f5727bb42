# Access tokens made with openssl and jq, independent of lib/auth: good ones, and for attacks any
# header and payload. The daemons read the key set from $SCRATCH/jwks.json.
# shellcheck shell=bash

base64url() {
	openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# token_key [NAME]: an RSA key pair secrets/NAME.pem and its JWK; made once.
token_key() {
	local file=$SCRATCH/secrets/${1:-token}.pem modulus
	scratch_make
	[ ! -e "$file" ] || return 0
	openssl genrsa -out "$file" 2048 2>/dev/null
	modulus=$(openssl rsa -in "$file" -noout -modulus | cut -d= -f2 | xxd_reverse | base64url)
	jq -n -c --arg n "$modulus" \
		'{kty: "RSA", e: "AQAB", n: $n, alg: "RS256", use: "sig"}' >"$file.jwk"
	# The kid is the key's RFC 7638 thumbprint.
	local kid
	kid=$(jq -j -S -c '{e, kty, n}' "$file.jwk" | openssl dgst -sha256 -binary | base64url)
	jq -c --arg kid "$kid" '. + {kid: $kid}' "$file.jwk" >"$file.jwk.new"
	mv "$file.jwk.new" "$file.jwk"
}

xxd_reverse() {
	local hex
	read -r hex
	# shellcheck disable=SC2001,SC2059
	printf "$(sed 's/../\\x&/g' <<<"$hex")"
}

# token_jwks [NAME…]: writes the key set of these keys to $SCRATCH/jwks.json.
token_jwks() {
	local name
	scratch_make
	for name in "${@:-token}"; do
		token_key "$name"
		cat "$SCRATCH/secrets/$name.pem.jwk"
	done | jq -s -c '{keys: .}' >"$SCRATCH/jwks.json.new"
	chmod 0644 "$SCRATCH/jwks.json.new"
	mv "$SCRATCH/jwks.json.new" "$SCRATCH/jwks.json"
}

# jwt_sign HEADER PAYLOAD [KEY NAME]: a compact RS256 token of exactly these JSON texts.
jwt_sign() {
	local input
	input=$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)
	echo "$input.$(printf %s "$input" | openssl dgst -sha256 -sign "$SCRATCH/secrets/${3:-token}.pem" -binary | base64url)"
}

jwt_header() { # KEY NAME
	jq -c '{alg: "RS256", typ: "at+jwt", kid}' "$SCRATCH/secrets/$1.pem.jwk"
}

# jwt_payload SCOPES [SUBJECT] [AUD] [SECONDS TO LIVE]
jwt_payload() {
	jq -n -c --arg scope "$1" --arg sub "${2:-00000000-0000-7000-8000-000000000001}" \
		--arg aud "${3:-ecom}" --argjson life "${4:-86400}" --arg jti "$(uuidgen)" \
		'(now | floor) as $t | {iss: "ecom", sub: $sub, aud: $aud, iat: ($t - 1), nbf: ($t - 1),
		 exp: ($t + $life), jti: $jti, sid: "", scope: $scope}'
}

# token_for SCOPES [SUBJECT] [AUD] [SECONDS TO LIVE]
token_for() {
	jwt_sign "$(jwt_header token)" "$(jwt_payload "$@")"
}
