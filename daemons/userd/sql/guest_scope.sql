-- What a guest may do. Guests have no row of their own: their token is all there is.
SELECT granted_scope('{guest}', NULL) AS scope
