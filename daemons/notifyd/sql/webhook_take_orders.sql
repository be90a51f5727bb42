SELECT webhook_take_once('notifyd-webhook_take_orders', :events::jsonb) AS made
