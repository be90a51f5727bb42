SELECT webhook_settle(:answers::jsonb)
