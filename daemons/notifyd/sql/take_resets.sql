SELECT notification_take_once('notifyd-take_resets', :events::jsonb) AS made
