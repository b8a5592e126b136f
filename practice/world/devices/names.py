"""Made-up names by language; none stands for a person."""

from collections.abc import Mapping

FIRST: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("Ada", "Alfie", "Amelia", "Archie", "Beth", "Callum", "Chloe", "Dexter", "Edith", "Elliot"),
        *("Freya", "George", "Harriet", "Isla", "Jasper", "Kitty", "Lewis", "Maisie", "Nell", "Oscar"),
        *("Poppy", "Quentin", "Rosie", "Seth", "Tilly", "Una", "Vince", "Winnie", "Yasmin", "Zac"),
    ),
    "fr": (
        *("Adèle", "Baptiste", "Céline", "Damien", "Éloïse", "Fabrice", "Gaëlle", "Hugo", "Inès", "Joël"),
        *("Karine", "Loïc", "Maëlle", "Noé", "Océane", "Pascal", "Quitterie", "Rémi", "Solène", "Thibault"),
        *("Urbain", "Valérie", "William", "Xavier", "Yvette", "Zélie", "Anaïs", "Benoît", "Françoise", "Gérard"),
    ),
    "de": (
        *("Anke", "Björn", "Carla", "Detlef", "Elke", "Falk", "Greta", "Heiko", "Ilse", "Jürgen"),
        *("Käthe", "Lorenz", "Mirja", "Niklas", "Ottilie", "Petra", "Quirin", "Rüdiger", "Silke", "Tjark"),
        *("Ute", "Volker", "Wiebke", "Xaver", "Yannick", "Zoë", "Annegret", "Bärbel", "Günther", "Hannelore"),
    ),
}

LAST: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("Alderby", "Bracken", "Cotterill", "Dunmore", "Eastlake", "Fenwick", "Garland", "Hartwell", "Inglewood"),
        *("Jessop", "Kettley", "Lockridge", "Merryweather", "Netherby", "Oakhurst", "Pemberley", "Quillam"),
        *("Rushworth", "Stanbridge", "Thornbury", "Underhill", "Vexley", "Whitcombe", "Yarrow", "O'Shea"),
    ),
    "fr": (
        *("Aubrac", "Beaupré", "Chastagnier", "Delacourt", "Esnault", "Fontvieille", "Garrigou", "Haussière"),
        *("Isnard", "Jolivet", "Kerbrat", "Lagrésille", "Montferrand", "Navarrot", "Ormesson", "Pélissier"),
        *("Quesnoy", "Roquebrune", "Sauvignac", "Tréguier", "Vauquelin", "Yvonnet", "d'Arblay", "Le Goff", "Œuvrard"),
    ),
    "de": (
        *("Achterberg", "Brömmelhaupt", "Creutzfeldt", "Dombrowe", "Eickhoff", "Fährmann", "Grünewald", "Hölscher"),
        *("Immendorf", "Jägersberg", "Kranewitter", "Lüdemann", "Möhring", "Niederhaus", "Overbeck", "Pfisterer"),
        *("Querfurt", "Rübsam", "Schönbichler", "Tannhof", "Uhlenbrock", "Vogelsang", "Wüstefeld", "Zwickl", "Strauss"),
    ),
}
