SELECT notification_take_once('notifyd-take_returns', :events::jsonb) AS made
