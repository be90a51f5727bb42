-- A merge patch: null takes a value away.
WITH target AS (
	SELECT one, version FROM shop FOR UPDATE
), updated AS (
	UPDATE shop s SET name = coalesce(:name, s.name),
		legal_name = CASE WHEN :body ? 'legal_name' THEN :legal_name ELSE s.legal_name END,
		address = CASE WHEN :body ? 'address' THEN :address ELSE s.address END,
		tax_id = CASE WHEN :body ? 'tax_id' THEN :tax_id ELSE s.tax_id END,
		url = CASE WHEN :body ? 'url' THEN :url ELSE s.url END,
		currencies = CASE WHEN :body ? 'currencies'
			THEN ARRAY(SELECT DISTINCT jsonb_array_elements_text(:currencies) ORDER BY 1)
			ELSE s.currencies END,
		locale = coalesce(:locale, s.locale),
		locales = CASE WHEN :body ? 'locales'
			THEN ARRAY(SELECT DISTINCT jsonb_array_elements_text(:locales) ORDER BY 1)
			ELSE s.locales END,
		tax_mode = coalesce(:tax_mode, s.tax_mode),
		sender = CASE WHEN :body ? 'sender' THEN :sender ELSE s.sender END,
		reply_to = CASE WHEN :body ? 'reply_to' THEN :reply_to ELSE s.reply_to END,
		staff_email = CASE WHEN :body ? 'staff_email' THEN :staff_email ELSE s.staff_email END,
		invoice_note = CASE WHEN :body ? 'invoice_note' THEN :invoice_note ELSE s.invoice_note END,
		invoice_prefix = coalesce(:invoice_prefix, s.invoice_prefix),
		credit_note_prefix = coalesce(:credit_note_prefix, s.credit_note_prefix),
		reversal_prefix = coalesce(:reversal_prefix, s.reversal_prefix),
		version = s.version + 1, updated_at = now()
	FROM target t WHERE s.one = t.one AND t.version = :if_match
	RETURNING s
)
SELECT shop_body(s, true) AS body, (s).version AS etag, NULL::int AS status FROM updated
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match
