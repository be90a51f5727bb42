SELECT webhook_take_once('notifyd-webhook_take_carts', :events::jsonb) AS made
