-- Word search. Text and question are folded in the same way: accents are dropped, whatever joins words
-- (PostgreSQL's parser would keep "oak-tray" or "a/b" together) becomes a space, and each CJK
-- ideograph or kana is a word of its own.

CREATE FUNCTION search_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
	SELECT replace(replace(replace(translate(regexp_replace(
		normalize(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g'), NFC),
		'([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])', ' \1 ', 'g'),
		'øØłŁđĐıİ', 'oollddii'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')
$$;

CREATE FUNCTION search_words(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
	SELECT translate(lower(CASE WHEN octet_length(value) = length(value) THEN value
		ELSE search_fold(value) END),
		'-_./@:&<+~', '          ')
$$;

-- Every word must occur; the last one may be the beginning of a word (from two letters on).
-- NULL when the question has no word (of which PostgreSQL would send a notice).
CREATE FUNCTION search_query(question text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT SET client_min_messages = warning AS $$
	SELECT CASE WHEN numnode(q) = 0 THEN NULL
		WHEN words ~ '[^[:space:]]{2}[[:space:]]*$' THEN (q::text || ':*')::tsquery
		ELSE q END
	FROM (SELECT words, plainto_tsquery('simple', words) AS q
		FROM (SELECT search_words(question) AS words) w) r
$$;

ALTER TABLE product ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
	setweight(to_tsvector('simple', search_words(sku || ' ' || name)), 'A') ||
	setweight(to_tsvector('simple',
		search_words(jsonb_path_query_array(attributes, '$.*')::text)), 'B') ||
	setweight(to_tsvector('simple', search_words(description)), 'C')) STORED;
CREATE INDEX product_search ON product USING gin (search);
