SELECT notification_send_settle(:answers::jsonb, :give_up_ms::bigint, :most_ms::bigint)
