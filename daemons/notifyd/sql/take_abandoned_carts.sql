SELECT notification_take_once('notifyd-take_abandoned_carts', :events::jsonb) AS made
