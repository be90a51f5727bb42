-- The category tree. A slug is what people type and never changes, so it is the key.
-- Always true: no cycle, at most 10 levels, and nothing below an archived category is unarchived.

CREATE TABLE category (
	slug text COLLATE "C" CONSTRAINT category_slug_taken PRIMARY KEY,
	name text NOT NULL,
	parent text COLLATE "C" CONSTRAINT category_parent_unknown REFERENCES category (slug),
	position integer NOT NULL DEFAULT 0,
	archived boolean NOT NULL DEFAULT false,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX category_children ON category (parent, position, slug);

-- One change of the tree at a time. Before the statement, not per row: a row that is locked while
-- it waits for this lock would be a deadlock with a cascade.
CREATE FUNCTION category_lock_tree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock('category'::regclass::oid::integer, 0);
	RETURN NULL;
END
$$;
CREATE TRIGGER category_lock_tree BEFORE INSERT OR UPDATE ON category
	FOR EACH STATEMENT EXECUTE FUNCTION category_lock_tree();

CREATE FUNCTION category_check_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	above record;
	height integer;
BEGIN
	WITH RECURSIVE up AS (
		SELECT slug, parent, archived, 1 AS level FROM category WHERE slug = NEW.parent
		UNION ALL
		SELECT c.slug, c.parent, c.archived, level + 1
		FROM up JOIN category c ON c.slug = up.parent
		WHERE up.slug <> NEW.slug
	)
	SELECT coalesce(max(level), 0) AS levels, bool_or(slug = NEW.slug) AS has_self,
		bool_or(archived AND level = 1) AS is_archived
	INTO above FROM up;
	IF above.has_self OR NEW.parent = NEW.slug THEN
		RAISE EXCEPTION 'a category cannot be below itself'
			USING ERRCODE = 'EC409', CONSTRAINT = 'category_cycle';
	END IF;
	IF above.is_archived AND NOT NEW.archived THEN
		RAISE EXCEPTION 'the parent category is archived'
			USING ERRCODE = 'EC409', CONSTRAINT = 'category_parent_archived';
	END IF;
	WITH RECURSIVE down AS (
		SELECT NEW.slug AS slug, 1 AS level
		UNION ALL
		SELECT c.slug, level + 1 FROM down JOIN category c ON c.parent = down.slug
	)
	SELECT max(level) INTO height FROM down;
	IF above.levels + height > 10 THEN
		RAISE EXCEPTION 'the category tree has at most 10 levels'
			USING ERRCODE = 'EC422', CONSTRAINT = 'category_too_deep';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER category_check_place BEFORE INSERT OR UPDATE OF parent, archived ON category
	FOR EACH ROW WHEN (NEW.parent IS NOT NULL) EXECUTE FUNCTION category_check_place();

-- Archiving takes everything below along; the trigger calls itself level by level.
CREATE FUNCTION category_archive_children() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	WITH child AS (
		UPDATE category SET archived = true, version = version + 1, updated_at = now()
		WHERE parent = NEW.slug AND NOT archived
		RETURNING slug, version
	)
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.category.archived', slug, version, to_json(child) FROM child;
	RETURN NULL;
END
$$;
CREATE TRIGGER category_archive_children AFTER UPDATE OF archived ON category
	FOR EACH ROW WHEN (NEW.archived AND NOT OLD.archived)
	EXECUTE FUNCTION category_archive_children();

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON category TO %I', current_database());
END
$$;
