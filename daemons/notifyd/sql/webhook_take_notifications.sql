SELECT webhook_take_once('notifyd-webhook_take_notifications', :events::jsonb) AS made
