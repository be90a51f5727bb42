/* Options of notifyd alone. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/send.h"
#include "daemons/notifyd/webhook_send.h"

#define HOUR_MS (60LL * 60 * 1000)

const struct option notifyd_options[] = {
	{ "smtp_url", OPTION_STRING, NULL, 0, 0,
	  "The mail server, as smtp://mail.example.com:587 or smtps://mail.example.com:465; "
	  "without it mails go into the folder of maildir" },
	{ "smtp_user", OPTION_STRING, NULL, 0, 0, "Who signs in to the mail server; none: nobody" },
	{ "smtp_password_file", OPTION_STRING, NULL, 0, 0,
	  "The file whose first line is the password of smtp_user" },
	{ "smtp_tls", OPTION_STRING, "required", 0, 0,
	  "required: nothing is sent without TLS and a good certificate; opportunistic: TLS when "
	  "it "
	  "is offered, with any certificate; none" },
	{ "smtp_ca_file", OPTION_STRING, NULL, 0, 0,
	  "Certificates to trust instead of the system's, in PEM" },
	{ "smtp_wait_most", OPTION_DURATION, "30s", 100, HOUR_MS,
	  "Longest time between attempts to reach a mail server that is away" },
	{ "mail_domain", OPTION_STRING, "localhost", 0, 0,
	  "The domain of Message-IDs, and of the sender when the shop has none" },
	{ "maildir", OPTION_STRING, NULL, 0, 0,
	  "The Maildir that mails go to without smtp_url, instead of mail in the state folder" },
	{ "sms_provider", OPTION_STRING, "log", 0, 0,
	  "Who sends short messages; log: nobody, they are logged" },
	{ "templates", OPTION_STRING, NULL, 0, 0,
	  "A folder of files NAME.LOCALE.mustache that replace the templates of that name" },
	{ "sends_in_flight", OPTION_INT, "8", 1, SEND_IN_FLIGHT,
	  "How many mails may be under way at once" },
	{ "give_up_after", OPTION_DURATION, "24h", 100, 30 * 24 * HOUR_MS,
	  "How long a mail that does not get through is tried" },
	{ "link_url", OPTION_STRING, NULL, 0, 0,
	  "where the links of mails lead: the address of the storefront, when it is not the shop's "
	  "setting url" },
	{ "late_after", OPTION_DURATION, "24h", 1000, 30LL * 24 * 60 * 60 * 1000,
	  "after which time an event is no reason any more for a mail to staff or a reminder; what "
	  "is "
	  "about orders is sent at any time" },
	{ "order_mails_per_day", OPTION_INT, "0", 0, 100000,
	  "how many mails about orders go to one address within a day; 0: any number" },
	{ "account_mails_per_day", OPTION_INT, "20", 0, 100000,
	  "how many mails about an account go to one address within a day; 0: any number" },
	{ "marketing_mails_per_day", OPTION_INT, "2", 0, 100000,
	  "how many reminders go to one address within a day; 0: any number" },
	{ "staff_mails_per_day", OPTION_INT, "500", 0, 100000,
	  "how many mails go to the shop's staff within a day; 0: any number" },
	{ "webhook_allow", OPTION_LIST, NULL, 0, 0,
	  "Networks that are not public to which webhooks may go all the same, and by http too, "
	  "such as "
	  "10.1.0.0/16" },
	{ "webhook_timeout", OPTION_DURATION, "15s", 100, WEBHOOK_TIMEOUT_MS,
	  "How long a receiver of webhooks may take to answer" },
	{ "webhook_retries", OPTION_LIST, "5s 30s 2m 10m 30m 1h 2h 4h 8h 12h 20h 24h", 0, 0,
	  "The times between the attempts to deliver a webhook; after the last one it has failed" },
	{ "webhook_in_flight", OPTION_INT, "4", 1, 16,
	  "How many webhooks may be under way to one receiver" },
	{ "webhook_disable_after", OPTION_DURATION, "3d", 100, 90LL * 24 * 60 * 60 * 1000,
	  "A receiver that has failed for so long gets no more webhooks" },
	{ "webhook_keep", OPTION_DURATION, "14d", 60 * 1000, 365LL * 24 * 60 * 60 * 1000,
	  "How long events and deliveries of webhooks are kept for replays and for the log" },
	{ "webhook_overlap", OPTION_DURATION, "24h", 0, 30LL * 24 * 60 * 60 * 1000,
	  "How long a secret that was replaced goes on signing beside the new one" },
	{ "retention_texts", OPTION_DURATION, "90d", 86400000, 315360000000,
	  "How long content and recipient of a message are kept after it was sent or given up" },
	{ "retention_notifications", OPTION_DURATION, "365d", 2592000000, 315360000000,
	  "How long it is kept that somebody was told something" },
	{ 0 },
};
