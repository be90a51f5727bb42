-- Before the password is hashed, which costs time: an error when the link does not work.
SELECT u.email FROM account_link_open(:token, 'reset_password') r JOIN users u ON u.id = r.user_id
