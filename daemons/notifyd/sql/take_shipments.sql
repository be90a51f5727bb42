SELECT notification_take_once('notifyd-take_shipments', :events::jsonb) AS made
