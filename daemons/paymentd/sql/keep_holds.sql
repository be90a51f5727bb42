SELECT payment_keep_holds() AS id
