-- Invoices and credit notes of a year are numbered from 1 without a gap, and say what they said when issued
SELECT 'numbers', kind, year::text, c.last::text, coalesce(max(i.seq), 0)::text || ' of ' || count(i.seq)
FROM orderd.invoice_counter c
FULL JOIN orderd.invoice i USING (kind, year)
GROUP BY kind, year, c.last
HAVING coalesce(max(i.seq), 0) <> coalesce(c.last, 0) OR count(i.seq) <> coalesce(c.last, 0)
	OR count(DISTINCT i.seq) <> count(i.seq) OR min(i.seq) <> 1 OR count(DISTINCT i.number) <> count(i.seq)
UNION ALL
SELECT 'content', number, issued_at::text, hash, document->>'number'
FROM orderd.invoice
WHERE hash <> encode(sha256(convert_to(document::text, 'UTF8')), 'hex') OR document->>'number' <> number
	OR year <> extract(year FROM issued_at AT TIME ZONE 'UTC')
UNION ALL
SELECT 'order of times', a.number, a.issued_at::text, b.number, b.issued_at::text
FROM orderd.invoice a
JOIN orderd.invoice b ON b.kind = a.kind AND b.year = a.year AND b.seq = a.seq + 1
WHERE b.issued_at < a.issued_at;
