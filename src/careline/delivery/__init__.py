"""From the desk to the network: one message leaves once (law 2), and every ending has a reason."""
