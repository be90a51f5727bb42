# A real mail server (Debian's exim) on a free port: an own configuration, an own spool, all mail into
# one Maildir. It runs as the test user from a copy of the program without its setuid bit,
# so that the system's own mail is never touched.
#
#	smtp_start [tls] [KEY=VALUE…]    sets SMTP_PORT; a restart keeps port and mails
#	smtp_stop [SIGNAL]
#	smtp_mails [ADDRESS]             the files of its mails; without one, of all
#	smtp_wait COUNT [ADDRESS] [SECONDS]
#	mail_header FILE NAME            the unfolded, decoded value
#	mail_text FILE, mail_html FILE   the decoded part
#
# Recipients whose local part begins with busy- are deferred (451), with unknown- refused (550),
# with flaky- deferred while $SCRATCH/smtp/flaky exists, with closed- refused while smtp/closed does. `tls` offers STARTTLS with the certificate
# smtp/cert.pem for the name localhost, which smtp/ca.pem has signed.
# shellcheck shell=bash

smtp_start() {
	scratch_make
	local tls='' folder=$SCRATCH/smtp program
	program=$(PATH=$PATH:/usr/sbin command -v exim4) || {
		echo 'exim4 is missing: apt-get install exim4-daemon-light' >&2
		return 1
	}
	[ "${1:-}" != tls ] || tls=yes
	if [ ! -e "$folder/exim4" ]; then
		mkdir -p "$folder"/{spool,mail,log}
		cp "$program" "$folder/exim4"
		chmod 0755 "$folder/exim4"
		ports_free 1 >"$folder/port"
	fi
	export SMTP_PORT
	SMTP_PORT=$(<"$folder/port")
	[ -z "$tls" ] || smtp_certificate "$folder"
	smtp_configuration "$folder" "$tls" >"$folder/exim.conf"
	[ "$(id -u)" != 0 ] || chown -R "$TEST_USER" "$folder"
	process_start smtp "$folder/exim4" -C "$folder/exim.conf" -bdf -q5s
	wait_for "port_in_use $SMTP_PORT"
}

# Its children too: each has a connection of its own, on which it would go on serving. What it has taken
# and not delivered stays in its spool for the next start.
smtp_stop() {
	local pid
	process_stop smtp "${1:-TERM}"
	while read -r pid; do
		kill "-${1:-TERM}" "${pid#/proc/}" 2>/dev/null || true
	done < <(find /proc/[0-9]* -maxdepth 1 -name exe -lname "$SCRATCH/smtp/exim4" -printf '%h\n' 2>/dev/null)
}

smtp_certificate() {
	local folder=$1
	[ ! -e "$folder/cert.pem" ] || return 0
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=test authority' \
		-keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' \
		-keyout "$folder/key.pem" -out "$folder/cert.csr" 2>/dev/null
	openssl x509 -req -in "$folder/cert.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" \
		-CAcreateserial -days 2 -out "$folder/cert.pem" \
		-extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') 2>/dev/null
	chmod 0644 "$folder"/*.pem
}

smtp_configuration() {
	local folder=$1 tls=$2 user group
	user=$TEST_USER group=$(id -gn "$TEST_USER")
	cat <<-CONF
		exim_path = $folder/exim4
		exim_user = $user
		exim_group = $group
		spool_directory = $folder/spool
		log_file_path = $folder/log/%slog
		pid_file_path = $folder/pid
		primary_hostname = mail.test
		local_interfaces = 127.0.0.1
		daemon_smtp_ports = $SMTP_PORT
		keep_environment =
		host_lookup =
		rfc1413_query_timeout = 0s
		smtp_accept_max = 100
		smtp_accept_queue = 0
		smtp_accept_queue_per_connection = 0
		deliver_drop_privilege = true
		never_users =
		acl_smtp_rcpt = check_rcpt
		acl_smtp_data = accept
		tls_advertise_hosts = ${tls:+*}
		${tls:+tls_certificate = $folder/cert.pem}
		${tls:+tls_privatekey = $folder/key.pem}
		${tls:+auth_advertise_hosts = *}

		begin acl
		check_rcpt:
		  defer local_parts = ^busy-
		        message = 4.2.2 this mailbox is busy
		  defer local_parts = ^flaky-
		        condition = \${if exists{$folder/flaky}}
		        message = 4.3.0 try again
		  deny  local_parts = ^unknown-
		        message = 5.1.1 there is no such mailbox
		  deny  local_parts = ^closed-
		        condition = \${if exists{$folder/closed}}
		        message = 5.2.1 this mailbox is closed
		  accept

		begin routers
		all:
		  driver = accept
		  transport = box

		begin transports
		box:
		  driver = appendfile
		  maildir_format
		  directory = $folder/mail
		  create_directory
		  user = $user
		  group = $group
		  envelope_to_add
		  mode = 0644
		  directory_mode = 0755

		begin authenticators
		plain:
		  driver = plaintext
		  public_name = PLAIN
		  server_prompts = :
		  server_condition = \${if and{{eq{\$auth2}{shop}}{eq{\$auth3}{open sesame}}}}
		  server_set_id = \$auth2
		  server_advertise_condition = \${if def:tls_in_cipher}
	CONF
}

smtp_mails() {
	grep -lr "^Envelope-to: ${1:-}" "$SCRATCH/smtp/mail/new" 2>/dev/null
}

smtp_wait() {
	wait_for "[ \"\$(smtp_mails '${2:-}' | wc -l)\" -ge $1 ]" "${3:-60}"
}

# --- looking into a mail, by code that is not ours ---------------------------------------------------

mail_header() {
	perl -CO -MEncode -0777 -ne '($h) = split /\r?\n\r?\n/; $h =~ s/\r?\n[ \t]+/ /g;
		print decode("MIME-Header", $1), "\n" if $h =~ /^'"$2"': (.*?)\r?$/mi' "$1"
}

mail_part() { # FILE TYPE
	perl -MMIME::QuotedPrint -0777 -ne '
		my ($head, $body) = split /\r?\n\r?\n/, $_, 2;
		my ($mark) = $head =~ /boundary="([^"]+)"/;
		for my $part (defined $mark ? split(/^--\Q$mark\E(?:--)?\r?\n/m, $body) : ("$head\n\n$body")) {
			my ($h, $b) = split /\r?\n\r?\n/, $part, 2;
			print decode_qp($b) if $h =~ m{Content-Type: text/'"$2"'};
		}' "$1"
}

mail_text() {
	mail_part "$1" plain
}

mail_html() {
	mail_part "$1" html
}
