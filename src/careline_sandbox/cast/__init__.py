"""The cast: invented customers with characters, who write to a brand, wait, and react to what it really does.

`characters` says who they are, `lines` what they say in each language, `story` what they do next (pure), `stage` lets
them act by the rules of any person of the local X, `director` decides who comes on and keeps time.
"""
