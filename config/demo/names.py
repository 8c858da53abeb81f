"""Words that invented people are named from. Nobody here exists; first and last names meet by chance."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words(
    "Abiodun Abosede Adaeze Adanna Adebayo Adebola Adekunle Ademola Adeola Aderonke Adesuwa Afolabi Aisha Akin Amaka "
    "Amara Amina Anita Ayodele Ayomide Azeez Babatunde Bidemi Bisi Blessing Bola Bolanle Bukola Chiamaka Chidi "
    "Chidinma Chika Chinedu Chinonso Chioma Chisom Chukwudi Damilola Daniel David Dayo Deborah Deji Ebele Ebuka Efe "
    "Efosa Ejiro Emeka Emmanuel Enitan Esther Ezinne Fatima Favour Femi Florence Folake Funke Funmilayo Gbenga Gift "
    "Grace Habiba Halima Hassan Hauwa Ibrahim Idris Ifeanyi Ifeoma Ijeoma Ikenna Imran Ireti Isioma Jide Joy Jumoke "
    "Kabiru Kehinde Kemi Khadija Kola Kunle Lanre Lateef Lola Lukman Maryam Mercy Michael Morenike Moses Musa "
    "Mustapha Nafisat Nduka Ngozi Nkechi Nkem Nneka Nnamdi Obinna Ode Olamide Olumide Oluchi Oluwaseun Omolara Onyeka "
    "Osagie Oyin Patience Peace Peter Precious Rasheed Rotimi Ruth Sade Sadiq Salma Samuel Segun Seyi Shola Simi "
    "Sunday Taiwo Tayo Temitope Titilayo Tobi Tolu Tosin Tunde Uche Uchenna Ugochi Umar Victor Wale Yakubu Yemi "
    "Yetunde Yusuf Zainab Zara"
)

LAST = _words(
    "Abdullahi Abiola Abubakar Achebe Adamu Adebisi Adedeji Adegoke Adekoya Adeleke Ademosu Adeniyi Adesina Adewale "
    "Adeyemi Afolami Agbaje Agu Ajayi Ajibade Akande Akinlabi Akinola Akintola Akpan Alabi Alao Aliyu Amadi Aminu "
    "Aniebiet Anozie Aremu Arinze Atanda Awoyemi Ayeni Babalola Balogun Bamidele Bankole Bassey Bello Chukwu Dada "
    "Danjuma Danladi Dauda Dike Ebong Effiong Egwu Ehikioya Ejike Ekanem Ekpo Eleme Eneh Erhabor Etim Eze Ezeudu "
    "Fagbemi Falade Fashola Fawole Folarin Garba Gbadamosi Haruna Ibeh Idowu Igwe Ihejirika Ikpeazu Ilozue Inyang "
    "Isah Iwu Jibril Jimoh Kalu Kareem Kolawole Lawal Layeni Maduka Makinde Mbah Mohammed Momoh Ndukwe Njoku Nnadi "
    "Nwachukwu Nwankwo Nwosu Obaseki Obi Obioha Odukoya Ogbonna Ogundele Ogunleye Ojo Okafor Okeke Okoro Okoye "
    "Okwudili Oladipo Olaleye Olatunji Oluwole Omotosho Onuoha Onyema Opara Orimolade Osagiede Oshodi Osuji Otieno "
    "Owolabi Oyebanji Oyelade Oyinlola Popoola Raji Salami Salisu Sanni Shehu Shittu Sowande Sule Tella Uba Udoh Ugwu "
    "Umeh Usman Uzor Wahab Yahaya Yaro Yusuf"
)

FIRST_BRITISH = _words(
    "Alice Aaron Beth Callum Chloe Daisy Dev Ella Ethan Freya George Hannah Harvey Imogen Isla Jack Jasmine Kieran "
    "Leah Liam Maisie Nadia Nathan Owen Poppy Priya Reece Rosa Ryan Sophie Theo Zoe"
)

LAST_BRITISH = _words(
    "Ashworth Barlow Bennett Calder Clarke Cooper Dawson Ellison Farrow Field Grantham Hale Harding Iqbal Jarvis Kaur "
    "Langley Marsh Mercer Norris Oakes Patel Prescott Rahman Shaw Thorne Underwood Vickers Walsh Whitlock Yates"
)


def invented(dice: Random, first: list[str], last: list[str]) -> Iterator[tuple[str, str]]:
    """Names without end; a pair comes again only when chance wills it."""
    while True:
        yield dice.choice(first), dice.choice(last)
