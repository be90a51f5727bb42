SELECT notification_take_once('notifyd-take_confirmations', :events::jsonb) AS made
