SELECT webhook_take_once('notifyd-webhook_take_payments', :events::jsonb) AS made
