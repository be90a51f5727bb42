UPDATE stock_level SET allocated = allocated + 1
WHERE sku = 'BENCH-2' AND location = 'main' AND on_hand - allocated - held >= 1;
