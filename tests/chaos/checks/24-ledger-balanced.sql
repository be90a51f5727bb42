-- Per currency the ledger's debits are its credits, each transfer has its own cause and accounts
-- At every moment: also while orders are under way.
SELECT currency, sum(amount) FROM (
	SELECT currency, amount FROM paymentd.ledger_transfer WHERE debit IS NOT NULL
	UNION ALL SELECT currency, -amount FROM paymentd.ledger_transfer WHERE credit IS NOT NULL) t
GROUP BY currency
HAVING sum(amount) <> 0
UNION ALL
SELECT cause, count(*) FROM paymentd.ledger_transfer
GROUP BY cause HAVING count(*) > 1
UNION ALL
SELECT id::text, amount FROM paymentd.ledger_transfer WHERE amount <= 0 OR debit = credit;
