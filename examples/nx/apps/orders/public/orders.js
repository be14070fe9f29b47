const orders = await (await fetch('/orders')).json();

document.querySelector('ul').append(
  ...orders.map(({ id, total }) => {
    const item = document.createElement('li');
    item.textContent = `Order ${id}: ${total}`;
    return item;
  }),
);
