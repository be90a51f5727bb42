-- The cart of a confirmed order is done; whoever goes on shopping makes a new one.
UPDATE cart SET status = 'ordered', order_id = as_uuid(:event::jsonb->>'order'),
	updated_at = now(), closed_at = now()
WHERE id = as_uuid(:event::jsonb->>'cart') AND status IN ('active', 'expired')
