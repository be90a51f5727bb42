SELECT notification_take_once('notifyd-take_low_stock', :events::jsonb) AS made
