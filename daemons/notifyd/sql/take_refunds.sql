SELECT notification_take_once('notifyd-take_refunds', :events::jsonb) AS made
