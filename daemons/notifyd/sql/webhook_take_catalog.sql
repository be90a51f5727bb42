SELECT webhook_take_once('notifyd-webhook_take_catalog', :events::jsonb) AS made
