-- Every promotion beside these lines: it applies, or why it does not.
WITH missing AS MATERIALIZED (
	SELECT promotion_needs(:lines, :coupons, true) AS skus
)
SELECT 424 AS status, skus AS body FROM missing WHERE skus IS NOT NULL
UNION ALL
SELECT NULL, promotion_explain(:lines, :coupons, :owner, :email, :country, :shipping_method) FROM missing
WHERE skus IS NULL
