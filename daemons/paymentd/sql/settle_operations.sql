SELECT payment_settle(:answers::jsonb)
