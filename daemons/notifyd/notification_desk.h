/* What staff does by hand: look at what a template makes, send a test. */
#ifndef ECOM_DAEMONS_NOTIFYD_NOTIFICATION_DESK_H
#define ECOM_DAEMONS_NOTIFYD_NOTIFICATION_DESK_H

#include "lib/http/route.h"

task_fn preview_notification, test_notification;

#endif
