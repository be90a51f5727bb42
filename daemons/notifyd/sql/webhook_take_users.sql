SELECT webhook_take_once('notifyd-webhook_take_users', :events::jsonb) AS made
