-- All of the work, in one transaction: what is answered is only counted.
SELECT id FROM resets_answer(:batch::integer) WHERE :lease_ms::bigint > 0
