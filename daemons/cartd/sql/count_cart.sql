SELECT count(*) FROM cart
